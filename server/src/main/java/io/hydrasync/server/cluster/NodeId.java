package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * Who a relay of a cluster is: 16 random bytes, made anew by each process, so that one that comes
 * back is nobody's owner. Immutable.
 *
 * @param high the first 8 bytes, big-endian
 * @param low the last 8 bytes
 */
public record NodeId(long high, long low) implements Comparable<NodeId> {
  /** Bytes in an id. */
  public static final int LENGTH = Hex.LENGTH;

  /** No node's: the owner of an entry that cannot be read. */
  public static final NodeId NOBODY = new NodeId(0, 0);

  /**
   * A new one.
   *
   * @param source where the bytes come from
   * @return the id
   */
  public static NodeId random(SecureRandom source) {
    byte[] bytes = new byte[LENGTH];
    Arguments.given(source, "a source of random bytes").nextBytes(bytes);
    return of(bytes);
  }

  /**
   * An id from its bytes.
   *
   * @param bytes 16 bytes, borrowed
   * @return the id
   * @throws IllegalArgumentException if there are not 16
   */
  public static NodeId of(byte[] bytes) {
    ByteBuffer all = Hex.first(Hex.exactly(bytes, "a node's id"));
    return new NodeId(all.getLong(), all.getLong());
  }

  /**
   * Reads what {@link #toString()} writes.
   *
   * @param text 32 hex digits in lower case
   * @return the id
   * @throws IllegalArgumentException if it is something else
   */
  public static NodeId parse(String text) {
    String hex = Hex.checked(text, "a node's id");
    return new NodeId(Hex.high(hex), Hex.low(hex));
  }

  /**
   * The bytes of the id.
   *
   * @return 16 bytes, new ones
   */
  public byte[] toBytes() {
    return Hex.bytes(high, low);
  }

  /** By the bytes, as unsigned numbers. */
  @Override
  public int compareTo(NodeId other) {
    int first = Long.compareUnsigned(high, other.high);
    return first != 0 ? first : Long.compareUnsigned(low, other.low);
  }

  /** 32 hex digits in lower case. */
  @Override
  public String toString() {
    return Hex.of(high, low);
  }
}
