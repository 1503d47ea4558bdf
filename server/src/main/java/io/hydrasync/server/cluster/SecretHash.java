package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Base64Url;
import io.hydrasync.protocol.crypto.Hashes;
import java.util.Arrays;

/**
 * The SHA-256 of something that the directory is not to know but two relays have to compare: a
 * resume token, or the key that relays share. Compared in constant time. Immutable.
 */
public final class SecretHash {
  /** Bytes in a hash. */
  public static final int LENGTH = Hashes.LENGTH;

  private final byte[] bytes;

  private SecretHash(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The hash of a value.
   *
   * @param value any bytes, borrowed
   * @return its hash
   */
  public static SecretHash of(byte[] value) {
    return new SecretHash(Hashes.sha256(Arguments.given(value, "a value")));
  }

  /**
   * Reads what {@link #toString()} writes.
   *
   * @param text canonical unpadded base64url, 43 characters
   * @return the hash
   * @throws IllegalArgumentException if it is something else
   */
  public static SecretHash parse(String text) {
    return new SecretHash(Base64Url.decode(Arguments.given(text, "a hash"), LENGTH, "hash"));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecretHash that && Hashes.constantTimeEquals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Canonical unpadded base64url. */
  @Override
  public String toString() {
    return Base64Url.encode(bytes);
  }
}
