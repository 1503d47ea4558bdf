package io.hydrasync.server.cluster;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.crypto.Hashes;
import java.nio.ByteBuffer;

/**
 * What a session is called in the directory: the first 16 bytes of the SHA-256 of its id. Ids are
 * capabilities and never leave the relays. The first 8 hex digits are its name in logs. Immutable.
 *
 * @param high the first 8 bytes, big-endian
 * @param low the last 8 bytes
 */
public record SessionHash(long high, long low) implements Comparable<SessionHash> {
  /** Bytes in a hash. */
  public static final int LENGTH = Hex.LENGTH;

  /**
   * The hash of a session's id.
   *
   * @param id the session's
   * @return its hash
   */
  public static SessionHash of(SessionId id) {
    ByteBuffer hash = Hex.first(Hashes.sha256(Arguments.given(id, "a session's id").toBytes()));
    return new SessionHash(hash.getLong(), hash.getLong());
  }

  /**
   * Reads what {@link #toString()} writes.
   *
   * @param text 32 hex digits in lower case
   * @return the hash
   * @throws IllegalArgumentException if it is something else
   */
  public static SessionHash parse(String text) {
    String hex = Hex.checked(text, "a session's hash");
    return new SessionHash(Hex.high(hex), Hex.low(hex));
  }

  /** By the bytes, as unsigned numbers. */
  @Override
  public int compareTo(SessionHash other) {
    int first = Long.compareUnsigned(high, other.high);
    return first != 0 ? first : Long.compareUnsigned(low, other.low);
  }

  /** 32 hex digits in lower case. */
  @Override
  public String toString() {
    return Hex.of(high, low);
  }
}
