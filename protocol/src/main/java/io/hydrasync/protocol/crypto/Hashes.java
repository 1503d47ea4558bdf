package io.hydrasync.protocol.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * SHA-256, HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869), and the domain labels of {@code
 * wire2.md} ("Notation"). Stateless and thread-safe; arguments are borrowed, results are new
 * arrays.
 */
public final class Hashes {
  /** Bytes in a SHA-256 digest and in an HMAC-SHA256. */
  public static final int LENGTH = 32;

  private static final String HMAC = "HmacSHA256";
  private static final byte[] NO_KEY = new byte[LENGTH];

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
    return digest.digest();
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
   * {@code HMAC(key, parts[0] || parts[1] || …)}.
   *
   * @param key any length; an empty one counts as 32 zero bytes, which HMAC makes of it anyhow
   * @param parts what to authenticate
   * @return 32 bytes
   */
  public static byte[] hmac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key.length == 0 ? NO_KEY : key, HMAC));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + HMAC, e);
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
