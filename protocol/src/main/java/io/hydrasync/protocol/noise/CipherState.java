package io.hydrasync.protocol.noise;

import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.protocol.crypto.AesKey;
import java.util.Arrays;
import javax.security.auth.Destroyable;

/**
 * A CipherState of Noise (revision 34, section 5.1) with AES-256-GCM: a key and a counter. The
 * nonce is four zero bytes and the counter, big-endian. One direction, one owner: not thread-safe.
 */
public final class CipherState implements Destroyable {
  private static final byte[] NO_AD = new byte[0];
  private static final long REKEY_NONCE = -1L;

  private AesGcm gcm = new AesGcm();
  private final byte[] nonce = new byte[AesGcm.NONCE_LENGTH];
  private AesKey key;
  private long n;

  /**
   * A state.
   *
   * @param bytes hold the 32 bytes of the key, copied
   * @param offset where they begin
   */
  CipherState(byte[] bytes, int offset) {
    key = AesGcm.key(bytes, offset);
  }

  /**
   * EncryptWithAd with the given associated data.
   *
   * @return ciphertext and tag
   */
  byte[] encrypt(byte[] ad, byte[] plaintext) {
    byte[] out = new byte[plaintext.length + AesGcm.TAG_LENGTH];
    gcm.seal(key, nextNonce(), ad, 0, ad.length, plaintext, 0, plaintext.length, out, 0);
    return out;
  }

  /**
   * DecryptWithAd with the given associated data.
   *
   * @throws NoiseException if the tag does not verify
   */
  byte[] decrypt(byte[] ad, byte[] ciphertext) throws NoiseException {
    byte[] out = new byte[Math.max(0, ciphertext.length - AesGcm.TAG_LENGTH)];
    if (!gcm.open(key, nextNonce(), ad, 0, ad.length, ciphertext, 0, ciphertext.length, out, 0)) {
      throw new NoiseException("a handshake tag does not verify");
    }
    return out;
  }

  /**
   * Seals a transport message: empty associated data.
   *
   * @param in holds the plaintext
   * @param inOffset where it begins
   * @param length its length, at most 65519
   * @param out takes ciphertext and tag, {@code length + 16} bytes
   * @param outOffset where they begin
   */
  public void seal(byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    gcm.seal(key, nextNonce(), NO_AD, 0, 0, in, inOffset, length, out, outOffset);
  }

  /**
   * Opens a transport message: empty associated data. After a failure the state must not be used
   * again.
   *
   * @param in holds ciphertext and tag
   * @param inOffset where they begin
   * @param length their length
   * @param out takes the plaintext, {@code length - 16} bytes
   * @param outOffset where it begins
   * @return false if the tag does not verify
   */
  public boolean open(byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    return gcm.open(key, nextNonce(), NO_AD, 0, 0, in, inOffset, length, out, outOffset);
  }

  /** Rekey() of Noise section 4.2: the key changes, the counter goes on. */
  public void rekey() {
    byte[] out = new byte[AesGcm.KEY_LENGTH + AesGcm.TAG_LENGTH];
    setNonce(REKEY_NONCE);
    gcm.seal(key, nonce, NO_AD, 0, 0, new byte[AesGcm.KEY_LENGTH], 0, AesGcm.KEY_LENGTH, out, 0);
    key.destroy();
    key = AesGcm.key(out, 0);
    Arrays.fill(out, (byte) 0);
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

  /** The current key, for the known answers. */
  byte[] keyBytes() {
    return key.getEncoded();
  }

  private byte[] nextNonce() {
    if (n == REKEY_NONCE) {
      throw new IllegalStateException("the Noise counter is used up");
    }
    setNonce(n++);
    return nonce;
  }

  private void setNonce(long value) {
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[4 + i] = (byte) (value >>> (56 - 8 * i));
    }
  }
}
