package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.crypto.Hashes;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.security.auth.Destroyable;

/**
 * 32 secret bytes that can be zeroed, never show in {@code toString} and compare in constant time.
 */
abstract sealed class Secret implements Destroyable permits Credential, OwnerKey, SessionKey {
  static final int SIZE = 32;

  private final byte[] bytes;
  private volatile boolean destroyed;

  /** Takes the array over without a copy. */
  Secret(byte[] bytes, String what) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException(what + " has 32 bytes, not " + bytes.length);
    }
    this.bytes = bytes;
  }

  static byte[] random(SecureRandom source) {
    byte[] bytes = new byte[SIZE];
    Arguments.given(source, "a source of random bytes").nextBytes(bytes);
    return bytes;
  }

  /** The secret itself, not a copy. */
  final byte[] bytes() {
    if (destroyed) {
      throw new IllegalStateException(getClass().getSimpleName() + " has been destroyed");
    }
    return bytes;
  }

  /**
   * The secret bytes. Whoever has them has the secret.
   *
   * @return 32 bytes, a copy that the caller should zero
   * @throws IllegalStateException if the secret has been destroyed
   */
  public final byte[] secretBytes() {
    return bytes().clone();
  }

  /** Zeroes the secret. Later uses fail with {@link IllegalStateException}. */
  @Override
  public final void destroy() {
    destroyed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public final boolean isDestroyed() {
    return destroyed;
  }

  @Override
  public final boolean equals(Object other) {
    return other != null
        && other.getClass() == getClass()
        && Hashes.constantTimeEquals(bytes, ((Secret) other).bytes);
  }

  @Override
  public final int hashCode() {
    return getClass().hashCode();
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName() + "[secret]";
  }
}
