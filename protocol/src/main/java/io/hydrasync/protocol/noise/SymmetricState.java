package io.hydrasync.protocol.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.crypto.X25519;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The SymmetricState of Noise section 5.2, for {@code Noise_NX_25519_AESGCM_SHA256}. */
final class SymmetricState {
  private static final String PROTOCOL = "Noise_NX_25519_AESGCM_SHA256";
  private static final byte[] EMPTY = new byte[0];

  private final byte[] chainingKey;
  private byte[] hash;
  private @Nullable CipherState cipher;

  SymmetricState(byte[] prologue) {
    hash = Arrays.copyOf(PROTOCOL.getBytes(US_ASCII), Hashes.LENGTH);
    chainingKey = hash.clone();
    mixHash(prologue);
  }

  void mixHash(byte[] data) {
    hash = Hashes.sha256(hash, data);
  }

  /** MixKey(DH(own, peer)). */
  void mixSharedSecret(byte[] ownPrivate, byte[] peerPublic) throws NoiseException {
    byte[] secret;
    try {
      secret = X25519.sharedSecret(ownPrivate, peerPublic);
    } catch (X25519.LowOrderPointException e) {
      throw new NoiseException("the peer's key is of low order", e);
    }
    byte[] out = twoKeys(secret);
    System.arraycopy(out, 0, chainingKey, 0, Hashes.LENGTH);
    destroyCipher();
    cipher = new CipherState(out, Hashes.LENGTH);
    Arrays.fill(secret, (byte) 0);
    Arrays.fill(out, (byte) 0);
  }

  /** HKDF of Noise section 4.3 for two outputs: the caller zeroes them. */
  private byte[] twoKeys(byte[] material) {
    byte[] prk = Hashes.hkdfExtract(chainingKey, material);
    try {
      return Hashes.hkdfExpand(prk, EMPTY, 2 * Hashes.LENGTH);
    } finally {
      Arrays.fill(prk, (byte) 0);
    }
  }

  byte[] encryptAndHash(byte[] plaintext) {
    byte[] out = cipher == null ? plaintext.clone() : cipher.encrypt(hash, plaintext);
    mixHash(out);
    return out;
  }

  byte[] decryptAndHash(byte[] data) throws NoiseException {
    byte[] out = cipher == null ? data.clone() : cipher.decrypt(hash, data);
    mixHash(data);
    return out;
  }

  byte[] hash() {
    return hash.clone();
  }

  /** Split(): initiator's direction first. */
  CipherState[] split() {
    byte[] out = twoKeys(EMPTY);
    CipherState[] pair = {new CipherState(out, 0), new CipherState(out, Hashes.LENGTH)};
    Arrays.fill(out, (byte) 0);
    return pair;
  }

  /** Zeroes what the handshake leaves behind. */
  void destroy() {
    Arrays.fill(chainingKey, (byte) 0);
    destroyCipher();
  }

  private void destroyCipher() {
    CipherState last = cipher;
    if (last != null) {
      last.destroy();
    }
  }
}
