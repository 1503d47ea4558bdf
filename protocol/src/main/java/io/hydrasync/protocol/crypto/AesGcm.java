package io.hydrasync.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.Key;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM with a 96-bit nonce and a 128-bit tag (NIST SP 800-38D) over heap arrays. One
 * instance holds one JDK {@link Cipher}, so it is not thread-safe; it keeps no key between calls.
 * Input and output must be separate arrays: the JDK's fast path does not decrypt in place.
 */
public final class AesGcm {
  /** Bytes in a key. */
  public static final int KEY_LENGTH = 32;

  /** Bytes in a nonce. */
  public static final int NONCE_LENGTH = 12;

  /** Bytes that sealing adds. */
  public static final int TAG_LENGTH = 16;

  private final Cipher cipher;

  /** Makes an instance with a cipher of its own. */
  public AesGcm() {
    try {
      cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no AES/GCM/NoPadding", e);
    }
  }

  /**
   * A key in the form that {@link #seal} and {@link #open} take.
   *
   * @param bytes holds the 32 bytes, copied
   * @param offset where they begin
   * @return the key, which its owner destroys
   */
  public static AesKey key(byte[] bytes, int offset) {
    return new AesKey(bytes, offset);
  }

  /**
   * Seals: writes ciphertext and tag, {@code length + 16} bytes.
   *
   * @param key from {@link #key}
   * @param nonce 12 bytes, never used before with this key
   * @param ad holds the associated data
   * @param adOffset where it begins
   * @param adLength its length
   * @param in holds the plaintext
   * @param inOffset where it begins
   * @param length its length
   * @param out where the ciphertext goes
   * @param outOffset where it begins
   */
  public void seal(
      Key key,
      byte[] nonce,
      byte[] ad,
      int adOffset,
      int adLength,
      byte[] in,
      int inOffset,
      int length,
      byte[] out,
      int outOffset) {
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
      cipher.updateAAD(ad, adOffset, adLength);
      cipher.doFinal(in, inOffset, length, out, outOffset);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing failed", e);
    }
  }

  /**
   * Opens: verifies the tag and writes {@code length - 16} bytes of plaintext.
   *
   * @param key from {@link #key}
   * @param nonce 12 bytes
   * @param ad holds the associated data
   * @param adOffset where it begins
   * @param adLength its length
   * @param in holds ciphertext and tag
   * @param inOffset where they begin
   * @param length their length
   * @param out where the plaintext goes; not to be looked at when this returns false
   * @param outOffset where it begins
   * @return false if the tag does not verify
   */
  public boolean open(
      Key key,
      byte[] nonce,
      byte[] ad,
      int adOffset,
      int adLength,
      byte[] in,
      int inOffset,
      int length,
      byte[] out,
      int outOffset) {
    if (length < TAG_LENGTH) {
      return false;
    }
    try {
      cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
      cipher.updateAAD(ad, adOffset, adLength);
      cipher.doFinal(in, inOffset, length, out, outOffset);
      return true;
    } catch (AEADBadTagException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("opening failed", e);
    }
  }
}
