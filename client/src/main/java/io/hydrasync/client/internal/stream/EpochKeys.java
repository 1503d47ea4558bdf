package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.crypto.AesGcm;
import io.hydrasync.protocol.crypto.AesKey;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.Head;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.security.auth.Destroyable;

/**
 * The keys of an epoch ({@code wire2.md} section 5):
 *
 * <pre>
 * PRK             = HKDF-Extract(salt, sessionKey)
 * commit          = HKDF-Expand(PRK, L("commit") || T, 32)
 * key_g || iv_g   = HKDF-Expand(PRK, L("key") || T || g u64, 44)      g = seq >> 12
 * </pre>
 *
 * Holds the key and nonce base of one generation at a time. Not thread-safe: one owner, a sealer or
 * an opener.
 */
public final class EpochKeys implements Destroyable {
  private static final int GENERATION_BITS = 12;
  private static final byte[] COMMIT_LABEL = Hashes.label("commit");
  private static final byte[] KEY_LABEL = Hashes.label("key");

  private final byte[] prk;
  private final byte[] transcript;
  private final byte[] ivBase = new byte[AesGcm.NONCE_LENGTH];
  private final byte[] nonce = new byte[AesGcm.NONCE_LENGTH];
  private long generation = -1;
  private volatile AesKey key = AesGcm.key(new byte[AesGcm.KEY_LENGTH], 0);
  private volatile boolean destroyed;

  /**
   * The keys of a HEAD.
   *
   * @param sessionKey the session's key, borrowed
   * @param salt of the HEAD
   * @param transcript T of the HEAD, 32 bytes, kept
   */
  public EpochKeys(SessionKey sessionKey, byte[] salt, byte[] transcript) {
    byte[] secret = sessionKey.secretBytes();
    prk = Hashes.hkdfExtract(salt, secret);
    Arrays.fill(secret, (byte) 0);
    this.transcript = transcript;
  }

  public byte[] commit() {
    return Hashes.hkdfExpand(prk, join(COMMIT_LABEL, transcript), Head.COMMIT_LENGTH);
  }

  /**
   * The key for a sequence.
   *
   * @throws IllegalStateException if the keys have been destroyed
   */
  public AesKey key(long seq) {
    if (seq >>> GENERATION_BITS != generation) {
      derive(seq >>> GENERATION_BITS);
    }
    return key;
  }

  /**
   * The nonce for a sequence, whose key has been asked for before: iv XOR (0^32 || seq). Reused.
   */
  public byte[] nonce(long seq) {
    System.arraycopy(ivBase, 0, nonce, 0, AesGcm.NONCE_LENGTH);
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[4 + i] ^= (byte) (seq >>> (56 - 8 * i));
    }
    return nonce;
  }

  private void derive(long next) {
    if (destroyed) {
      throw destroyed();
    }
    byte[] info =
        ByteBuffer.allocate(KEY_LABEL.length + transcript.length + Long.BYTES)
            .put(KEY_LABEL)
            .put(transcript)
            .putLong(next)
            .array();
    byte[] out = Hashes.hkdfExpand(prk, info, AesGcm.KEY_LENGTH + AesGcm.NONCE_LENGTH);
    key.destroy();
    key = AesGcm.key(out, 0);
    if (destroyed) { // by another thread, which may have seen the key before this one only
      key.destroy();
      Arrays.fill(out, (byte) 0);
      throw destroyed();
    }
    System.arraycopy(out, AesGcm.KEY_LENGTH, ivBase, 0, AesGcm.NONCE_LENGTH);
    Arrays.fill(out, (byte) 0);
    generation = next;
  }

  private static byte[] join(byte[] a, byte[] b) {
    byte[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  /** For the known answers. */
  public byte[] prk() {
    return prk.clone();
  }

  /**
   * Zeroes the keys. Later uses fail with {@link IllegalStateException}. From any thread for keys
   * that only open; whoever seals must not do so meanwhile.
   */
  @Override
  public void destroy() {
    destroyed = true;
    key.destroy();
    Arrays.fill(prk, (byte) 0);
  }

  @Override
  public boolean isDestroyed() {
    return destroyed;
  }

  private static IllegalStateException destroyed() {
    return new IllegalStateException("the keys of this epoch have been destroyed");
  }
}
