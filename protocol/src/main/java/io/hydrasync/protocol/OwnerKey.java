package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.crypto.Ed25519;
import java.security.SecureRandom;

/**
 * The Ed25519 seed of a session's owner: who has it can produce into the owner's sessions.
 * Thread-safe; zeroed by {@link #destroy()}.
 */
public final class OwnerKey extends Secret {
  /** Bytes in a seed. */
  public static final int LENGTH = SIZE;

  private OwnerKey(byte[] seed) {
    super(seed, "an owner's seed");
  }

  /**
   * An owner's key from its seed.
   *
   * @param seed 32 bytes (RFC 8032 section 5.1.5), copied
   * @return the key
   * @throws IllegalArgumentException if there are not 32 bytes
   */
  public static OwnerKey of(byte[] seed) {
    return new OwnerKey(Arguments.given(seed, "an owner's seed").clone());
  }

  /**
   * A fresh key.
   *
   * @param source where the seed comes from
   * @return the key
   */
  public static OwnerKey generate(SecureRandom source) {
    return new OwnerKey(random(source));
  }

  /**
   * The public key, which is the beginning of the owner's session ids.
   *
   * @return 32 bytes
   */
  public byte[] publicKey() {
    return Ed25519.publicKey(bytes());
  }

  /**
   * Signs with the seed.
   *
   * @param parts the message, joined
   * @return the signature, 64 bytes
   */
  public byte[] sign(byte[]... parts) {
    return Ed25519.sign(bytes(), parts);
  }
}
