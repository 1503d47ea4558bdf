package io.hydrasync.protocol.classic;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What a relay answers to each byte of an observer, sealed under the transport key. Little-endian:
 *
 * <pre>
 *  0            8              16          24        32
 * +------------+--------------+-----------+---------+
 * | hours f64  | sessionsMade | sessions  | bytes   |
 * +------------+--------------+-----------+---------+
 * </pre>
 *
 * @param hours since the relay began
 * @param sessionsMade sessions that a producer has joined since then
 * @param sessions sessions that have a producer
 * @param bytes sent to consumers since the relay began
 */
public record ClassicMetrics(double hours, long sessionsMade, long sessions, long bytes) {
  /** Bytes of sealed metrics. */
  public static final int LENGTH = 4 * Long.BYTES + ClassicCipher.PART_OVERHEAD;

  /**
   * Seals them.
   *
   * @param transport with the transport key
   * @param out takes {@link #LENGTH} bytes
   * @param offset where they begin
   */
  public void seal(ClassicCipher transport, byte[] out, int offset) {
    byte[] plaintext =
        ByteBuffer.allocate(4 * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putDouble(hours)
            .putLong(sessionsMade)
            .putLong(sessions)
            .putLong(bytes)
            .array();
    transport.sealPart(plaintext, 0, plaintext.length, out, offset);
  }

  /**
   * Opens metrics.
   *
   * @param transport with the transport key
   * @param sealed 60 bytes
   * @return the metrics, empty if they do not verify
   */
  public static Optional<ClassicMetrics> open(ClassicCipher transport, byte[] sealed) {
    byte[] plaintext = new byte[4 * Long.BYTES];
    if (sealed.length != LENGTH || !transport.openPart(sealed, 0, LENGTH, plaintext)) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(plaintext).order(ByteOrder.LITTLE_ENDIAN);
    return Optional.of(
        new ClassicMetrics(in.getDouble(), in.getLong(), in.getLong(), in.getLong()));
  }
}
