package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.Base64Url;
import io.hydrasync.protocol.crypto.Hashes;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /**
   * The keys that a relay may have: one or, while its key is being changed, two. Who is given these
   * takes the relay that shows either. Public, immutable and thread-safe.
   */
  public static final class RelayKeys {
    private static final char SEPARATOR = ',';

    private final RelayKey first;
    private final @Nullable RelayKey second;

    private RelayKeys(RelayKey first, @Nullable RelayKey second) {
      this.first = Arguments.given(first, "a relay key");
      this.second = second;
      if (first.equals(second)) {
        throw new IllegalArgumentException("the second relay key is the first one again");
      }
    }

    /**
     * One key.
     *
     * @param key which the relay has to have
     * @return the keys
     */
    public static RelayKeys of(RelayKey key) {
      return new RelayKeys(key, null);
    }

    /**
     * Two keys.
     *
     * @param first one that the relay may have
     * @param second another one
     * @return the keys
     * @throws IllegalArgumentException if they are the same
     */
    public static RelayKeys of(RelayKey first, RelayKey second) {
      return new RelayKeys(first, Arguments.given(second, "a second relay key"));
    }

    /**
     * Reads the printed form.
     *
     * @param text one key as {@link RelayKey#parse} reads it, or two with a comma between
     * @return the keys
     * @throws IllegalArgumentException if the text is not that, or both are the same
     */
    public static RelayKeys parse(String text) {
      int comma = Arguments.given(text, "relay keys").indexOf(SEPARATOR);
      return comma < 0
          ? of(RelayKey.parse(text))
          : of(RelayKey.parse(text.substring(0, comma)), RelayKey.parse(text.substring(comma + 1)));
    }

    /**
     * The first key: the one that counted last.
     *
     * @return the key
     */
    public RelayKey first() {
      return first;
    }

    /**
     * The second key.
     *
     * @return the key, or empty if there is one key only
     */
    public Optional<RelayKey> second() {
      return Optional.ofNullable(second);
    }

    /**
     * Whether a relay with this key is the right one.
     *
     * @param key that a relay has shown
     * @return true if it is one of these
     */
    public boolean has(RelayKey key) {
      return Arguments.given(key, "a relay key").equals(first) || key.equals(second);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof RelayKeys that
          && first.equals(that.first)
          && Objects.equals(second, that.second);
    }

    @Override
    public int hashCode() {
      return Objects.hash(first, second);
    }

    /** The printed form: the first key, and behind a comma the second if there is one. */
    @Override
    public String toString() {
      return second == null ? first.toString() : first.toString() + SEPARATOR + second;
    }
  }
}
