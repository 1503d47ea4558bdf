package io.hydrasync.protocol.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * SHA-256, HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869), and the domain labels of {@code
 * wire2.md} ("Notation"). Stateless and thread-safe; arguments are borrowed, results are new
 * arrays.
 */
public final class Hashes {
  /** Bytes in a SHA-256 digest and in an HMAC-SHA256. */
  public static final int LENGTH = 32;

  private static final int BLOCK = 64;
  private static final int INNER_PAD = 0x36;
  private static final int OUTER_PAD = 0x5c;

  private Hashes() {}

  /**
   * {@code H(parts[0] || parts[1] || …)}.
   *
   * @param parts what to hash
   * @return 32 bytes
   */
  public static byte[] sha256(byte[]... parts) {
    MessageDigest digest = newSha256();
    for (byte[] part : parts) {
      digest.update(part);
    }
    byte[] hash = digest.digest();
    digest.reset(); // it keeps its last block else, which may be a secret
    return hash;
  }

  /**
   * A SHA-256 to be fed piece by piece.
   *
   * @return a new digest, not thread-safe
   */
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  /**
   * {@code HMAC(key, parts[0] || parts[1] || …)}. Not by the JDK's Mac, which leaves the key, XOR a
   * constant, and the result in memory; this zeroes all but the result.
   *
   * @param key any length
   * @param parts what to authenticate
   * @return 32 bytes
   */
  public static byte[] hmac(byte[] key, byte[]... parts) {
    byte[] block = Arrays.copyOf(key.length > BLOCK ? sha256(key) : key, BLOCK);
    byte[] inner = new byte[0];
    MessageDigest digest = newSha256();
    try {
      xor(block, INNER_PAD);
      digest.update(block);
      for (byte[] part : parts) {
        digest.update(part);
      }
      inner = digest.digest();
      xor(block, INNER_PAD ^ OUTER_PAD);
      digest.update(block);
      return digest.digest(inner);
    } finally {
      digest.reset(); // it keeps its last block and its result else
      Arrays.fill(block, (byte) 0);
      Arrays.fill(inner, (byte) 0);
    }
  }

  private static void xor(byte[] block, int pad) {
    for (int i = 0; i < block.length; i++) {
      block[i] ^= (byte) pad;
    }
  }

  /**
   * HKDF-Extract (RFC 5869 section 2.2).
   *
   * @param salt any length
   * @param keyParts the input keying material, joined
   * @return the pseudorandom key, 32 bytes
   */
  public static byte[] hkdfExtract(byte[] salt, byte[]... keyParts) {
    return hmac(salt, keyParts);
  }

  /**
   * HKDF-Expand (RFC 5869 section 2.3).
   *
   * @param prk the pseudorandom key
   * @param info the context, any length
   * @param length how many bytes to make, at most 255 × 32
   * @return that many bytes
   */
  public static byte[] hkdfExpand(byte[] prk, byte[] info, int length) {
    if (length < 0 || length > 255 * LENGTH) {
      throw new IllegalArgumentException("HKDF makes at most 8160 bytes, not " + length);
    }
    byte[] out = new byte[length];
    byte[] block = new byte[0];
    for (int done = 0, counter = 1; done < length; counter++) {
      byte[] last = block;
      block = hmac(prk, last, info, new byte[] {(byte) counter});
      Arrays.fill(last, (byte) 0);
      int n = Math.min(block.length, length - done);
      System.arraycopy(block, 0, out, done, n);
      done += n;
    }
    Arrays.fill(block, (byte) 0);
    return out;
  }

  /**
   * {@code L(name)}: ASCII {@code hydra-sync/2 }, the name, one zero byte.
   *
   * @param name the purpose, such as {@code owner}
   * @return the domain label
   */
  public static byte[] label(String name) {
    return ("hydra-sync/2 " + name + "\0").getBytes(US_ASCII);
  }

  /**
   * Whether two arrays are equal, in time that depends on their lengths only.
   *
   * @param a one
   * @param b the other
   * @return true if they hold the same bytes
   */
  public static boolean constantTimeEquals(byte[] a, byte[] b) {
    return MessageDigest.isEqual(a, b);
  }
}
