package io.hydrasync.cli.bench;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The messages of one producer of a benchmark, and the check that they have come as they were sent:
 *
 * <pre>u64 time in ns || u64 number || bytes that depend on producer and number</pre>
 *
 * Immutable and thread-safe.
 */
final class BenchPayload {
  /** Bytes before those that are compared: time and number. */
  static final int HEADER = 16;

  static final int MAX_BYTES = 64 << 20;

  private static final int OFFSETS = 4096;
  private static final int NUMBER_AT = 8;

  private final byte[] random;
  private final int bodyBytes;

  /**
   * The messages of a producer.
   *
   * @param producer its number: no two have the same bytes
   */
  BenchPayload(int producer, int sizeBytes) {
    bodyBytes = sizeBytes - HEADER;
    random = new byte[bodyBytes + OFFSETS];
    new SplittableRandom(producer).nextBytes(random);
  }

  private static int offset(long number) {
    return (int) (number * 0x9E3779B97F4A7C15L >>> 52);
  }

  /** A buffer for {@link #fill}. */
  ByteBuffer allocate() {
    return ByteBuffer.allocate(HEADER + bodyBytes);
  }

  /** Makes a message, from the buffer's beginning to its end. */
  void fill(ByteBuffer message, long nanos, long number) {
    message.clear();
    message.putLong(nanos).putLong(number).put(random, offset(number), bodyBytes).flip();
  }

  /** When it was, or should have been, sent. */
  static long nanos(ByteBuffer message) {
    return message.getLong(message.position());
  }

  /** Whether a message is, byte for byte, the one of a number. */
  boolean isRight(ByteBuffer message, long number) {
    int start = message.position();
    return message.remaining() == HEADER + bodyBytes
        && message.getLong(start + NUMBER_AT) == number
        && message
            .slice(start + HEADER, bodyBytes)
            .equals(ByteBuffer.wrap(random, offset(number), bodyBytes));
  }
}
