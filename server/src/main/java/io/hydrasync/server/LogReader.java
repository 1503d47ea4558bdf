package io.hydrasync.server;

import java.nio.ByteBuffer;

/**
 * Reads integers at rising positions of a log; a value may straddle segments. Holds no reference: the
 * caller sees to it that the segments stay. Not thread-safe.
 */
final class LogReader {
  private Segment segment;
  private ByteBuffer bytes;

  LogReader(Segment segment) {
    this.segment = segment;
    bytes = segment.bytes();
  }

  int u8(long position) {
    seek(position);
    return bytes.get((int) (position - segment.base)) & 0xFF;
  }

  /** A big-endian u32 as a long. */
  long u32(long position) {
    seek(position);
    if (position + Integer.BYTES <= segment.end()) {
      return Integer.toUnsignedLong(bytes.getInt((int) (position - segment.base)));
    }
    return big(position, Integer.BYTES);
  }

  /** A big-endian u64. */
  long u64(long position) {
    seek(position);
    if (position + Long.BYTES <= segment.end()) {
      return bytes.getLong((int) (position - segment.base));
    }
    return big(position, Long.BYTES);
  }

  /** A copy of the bytes {@code [position, position + length)}. */
  byte[] copy(long position, int length) {
    byte[] out = new byte[length];
    for (int done = 0; done < length; ) {
      seek(position + done);
      int at = (int) (position + done - segment.base);
      int n = Math.min(length - done, segment.capacity - at);
      bytes.get(at, out, done, n);
      done += n;
    }
    return out;
  }

  /** The segment of the last position read. */
  Segment segment() {
    return segment;
  }

  private long big(long position, int length) {
    Segment back = segment;
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | u8(position + i);
    }
    segment = back; // the next read may be at a lower position than the last byte of this one
    bytes = back.bytes();
    return value;
  }

  private void seek(long position) {
    while (position >= segment.end()) {
      Segment next = segment.next();
      if (next == null) {
        throw new IndexOutOfBoundsException("position " + position + " is behind the log");
      }
      segment = next;
      bytes = next.bytes();
    }
  }
}
