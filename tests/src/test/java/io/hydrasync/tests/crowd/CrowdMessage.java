package io.hydrasync.tests.crowd;

import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;

/**
 * What the producer of a {@link Crowd} sends: 8 bytes number, 8 bytes due time, 1 byte phase, 1
 * byte whether it is the phase's last, then bytes that follow from the number.
 *
 * @param number from 0
 * @param dueNanos when it should be sent, by {@code System.nanoTime()}
 * @param phase in which it is sent
 * @param isLast of its phase
 */
record CrowdMessage(long number, long dueNanos, int phase, boolean isLast) {
  /** Bytes of the smallest message. */
  static final int HEADER = 18;

  byte[] toBytes(int size) {
    byte[] bytes = Fixture.message(number, size);
    ByteBuffer.wrap(bytes)
        .putLong(number)
        .putLong(dueNanos)
        .put((byte) phase)
        .put((byte) (isLast ? 1 : 0));
    return bytes;
  }

  /** Reads a message, and fails if its bytes were changed. */
  static CrowdMessage read(ByteBuffer view) {
    ByteBuffer in = view.duplicate();
    CrowdMessage message = new CrowdMessage(in.getLong(), in.getLong(), in.get(), in.get() == 1);
    if (!view.equals(ByteBuffer.wrap(message.toBytes(view.remaining())))) {
      throw new AssertionError(message + " was changed");
    }
    return message;
  }
}
