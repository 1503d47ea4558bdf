package io.hydrasync.protocol.classic;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.protocol.crypto.AesKey;
import io.hydrasync.protocol.wire.Frames;
import java.security.SecureRandom;
import javax.security.auth.Destroyable;

/**
 * Seals and opens classic frames, under a transport key or a session key. On the later wire, from
 * beta.7 on, there is no length field: what stands behind it is a sealed part, or a packet.
 *
 * <pre>
 *  0         4           16
 * +---------+-----------+----------------------+---------+
 * | len u32 | nonce[12] | ciphertext           | tag[16] |
 * +---------+-----------+----------------------+---------+
 *           '------------------- len -------------------'
 * </pre>
 *
 * AES-256-GCM, no associated data, a random nonce for each frame. Big-endian. Not thread-safe.
 */
public final class ClassicCipher implements Destroyable {
  /** Largest {@code len}. */
  public static final int MAX_LEN = 1 << 26;

  /** What sealing adds without a length field. */
  public static final int PART_OVERHEAD = AesGcm.NONCE_LENGTH + AesGcm.TAG_LENGTH;

  /** What sealing adds, the length field included. */
  public static final int OVERHEAD = Frames.LEN_BYTES + PART_OVERHEAD;

  /** Largest message in bytes. */
  public static final int MAX_MESSAGE = MAX_LEN + Frames.LEN_BYTES - OVERHEAD;

  /** Random nonces of one key repeat with a probability of 2^-32 after that many frames. */
  private static final long MAX_FRAMES = 1L << 32;

  private static final int NONCES_AT_A_TIME = 64;
  private static final byte[] NOTHING = new byte[0];

  private AesGcm gcm = new AesGcm();
  private final SecureRandom random;
  private final byte[] nonces = new byte[NONCES_AT_A_TIME * AesGcm.NONCE_LENGTH];
  private final byte[] nonce = new byte[AesGcm.NONCE_LENGTH];
  private final AesKey key;
  private int nextNonce = nonces.length;
  private long sealed;

  /**
   * A cipher.
   *
   * @param key 32 bytes, copied
   */
  public ClassicCipher(byte[] key) {
    this(key, new SecureRandom());
  }

  ClassicCipher(byte[] key, SecureRandom random) {
    this.key = AesGcm.key(key, 0);
    this.random = random;
  }

  /**
   * Seals a frame, its length field included.
   *
   * @param in holds the plaintext
   * @param inOffset where it begins
   * @param length its length, at most {@link #MAX_MESSAGE}
   * @param out takes {@code length + OVERHEAD} bytes; another array than {@code in}
   * @param outOffset where they begin
   * @throws ProtocolException LIMIT after 2^32 frames: the key must not be used any more
   */
  public void seal(byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    Frames.putU32(out, outOffset, length + PART_OVERHEAD);
    sealPart(in, inOffset, length, out, outOffset + Frames.LEN_BYTES);
  }

  /**
   * Seals without a length field.
   *
   * @param in holds the plaintext
   * @param inOffset where it begins
   * @param length its length, at most {@link #MAX_MESSAGE}
   * @param out takes {@code length + PART_OVERHEAD} bytes; another array than {@code in}
   * @param outOffset where they begin
   * @throws ProtocolException LIMIT after 2^32 frames: the key must not be used any more
   */
  public void sealPart(byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    if (sealed == MAX_FRAMES) {
      throw new ProtocolException(
          ErrorCode.LIMIT,
          "the session key has sealed 2^32 frames on the classic wire, which is what it may; use"
              + " another key");
    }
    sealed++;
    takeNonce();
    System.arraycopy(nonce, 0, out, outOffset, nonce.length);
    int ciphertext = outOffset + AesGcm.NONCE_LENGTH;
    gcm.seal(key, nonce, NOTHING, 0, 0, in, inOffset, length, out, ciphertext);
  }

  private void takeNonce() {
    if (nextNonce == nonces.length) {
      random.nextBytes(nonces);
      nextNonce = 0;
    }
    System.arraycopy(nonces, nextNonce, nonce, 0, nonce.length);
    nextNonce += nonce.length;
  }

  /**
   * Opens a frame.
   *
   * @param frame holds it, its length field included; the field is not looked at
   * @param offset where it begins
   * @param length of the whole frame
   * @param out takes {@code length - OVERHEAD} bytes; not to be looked at when this returns false
   * @return false if the tag does not verify, or the frame is too short to hold one
   */
  public boolean open(byte[] frame, int offset, int length, byte[] out) {
    return length >= OVERHEAD
        && openPart(frame, offset + Frames.LEN_BYTES, length - Frames.LEN_BYTES, out);
  }

  /**
   * Opens what has no length field.
   *
   * @param part holds it
   * @param offset where it begins
   * @param length of nonce, ciphertext and tag
   * @param out takes {@code length - PART_OVERHEAD} bytes; not to be looked at when this returns
   *     false
   * @return false if the tag does not verify, or the part is too short to hold one
   */
  public boolean openPart(byte[] part, int offset, int length, byte[] out) {
    if (length < PART_OVERHEAD) {
      return false;
    }
    System.arraycopy(part, offset, nonce, 0, nonce.length);
    int ciphertext = offset + AesGcm.NONCE_LENGTH;
    int sealedLength = length - AesGcm.NONCE_LENGTH;
    return gcm.open(key, nonce, NOTHING, 0, 0, part, ciphertext, sealedLength, out, 0);
  }

  /** Zeroes the key. Later uses fail with {@link IllegalStateException}. */
  @Override
  public void destroy() {
    key.destroy();
    gcm = new AesGcm(); // the JDK's cipher has copies of the last key, which are garbage now
  }

  @Override
  public boolean isDestroyed() {
    return key.isDestroyed();
  }
}
