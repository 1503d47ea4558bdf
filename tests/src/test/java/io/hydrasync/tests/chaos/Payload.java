package io.hydrasync.tests.chaos;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.zip.CRC32;

/**
 * A message: which session's, of which of its producer's processes, which number, when it was
 * handed over, and bytes that are always the same.
 */
final class Payload {
  private static final int HEADER = 2 * Integer.BYTES + 2 * Long.BYTES;

  private final byte[] bytes;
  private final ByteBuffer header;

  Payload(int session, int incarnation, int size) {
    bytes = new byte[size];
    new Random(session).nextBytes(bytes);
    header = ByteBuffer.wrap(bytes, 0, HEADER);
    header.putInt(0, session).putInt(Integer.BYTES, incarnation);
  }

  /** The next message; the bytes are used again. */
  byte[] of(long number, long sent) {
    header.putLong(2 * Integer.BYTES, number).putLong(2 * Integer.BYTES + Long.BYTES, sent);
    return bytes;
  }

  /** CRC-32 of a message as it must be. */
  long sum(int incarnation, long number, long sent) {
    header.putInt(Integer.BYTES, incarnation);
    return sum(ByteBuffer.wrap(of(number, sent)));
  }

  static long sum(ByteBuffer message) {
    CRC32 crc = new CRC32();
    crc.update(message.duplicate());
    return crc.getValue();
  }

  /** What a consumer writes down of a message. */
  static Entry entry(ByteBuffer message, long stream, long frame) {
    boolean whole = message.remaining() >= HEADER;
    int at = message.position();
    return new Entry(
        Entry.Kind.MESSAGE,
        whole ? message.getInt(at + Integer.BYTES) : -1,
        System.nanoTime(),
        whole ? message.getLong(at + 2 * Integer.BYTES) : -1,
        stream,
        frame,
        whole ? message.getLong(at + 2 * Integer.BYTES + Long.BYTES) : 0,
        sum(message));
  }
}
