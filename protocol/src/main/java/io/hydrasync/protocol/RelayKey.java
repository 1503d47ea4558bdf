package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Base64Url;
import io.hydrasync.protocol.crypto.Hashes;
import java.util.Arrays;

/**
 * A relay's static X25519 public key: what a client pins, and the fingerprint that is printed.
 * Public, immutable and thread-safe.
 */
public final class RelayKey {
  /** Bytes in a relay key. */
  public static final int LENGTH = 32;

  private final byte[] bytes;

  private RelayKey(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a relay key has 32 bytes, not " + bytes.length);
    }
    this.bytes = bytes;
  }

  /**
   * A relay key from its bytes.
   *
   * @param bytes 32 bytes, copied
   * @return the key
   * @throws IllegalArgumentException if there are not 32 bytes
   */
  public static RelayKey of(byte[] bytes) {
    return new RelayKey(Arguments.given(bytes, "a relay key").clone());
  }

  /**
   * Reads the printed form.
   *
   * @param text canonical unpadded base64url, 43 characters
   * @return the key
   * @throws IllegalArgumentException if the text is not that
   */
  public static RelayKey parse(String text) {
    return new RelayKey(
        Base64Url.decode(Arguments.given(text, "a relay key"), LENGTH, "relay key"));
  }

  /**
   * The bytes of the key.
   *
   * @return 32 bytes, a copy
   */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RelayKey that && Hashes.constantTimeEquals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The printed form: canonical unpadded base64url. */
  @Override
  public String toString() {
    return Base64Url.encode(bytes);
  }
}
