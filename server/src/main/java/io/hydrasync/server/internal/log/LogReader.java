package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.wire.Frames;
import java.nio.ByteBuffer;

/**
 * Reads a log's bytes at rising positions; a value may straddle segments. Holds no reference: the
 * caller sees to it that the segments stay. Not thread-safe.
 *
 * <p>Stands at a segment and moves with {@link #moveTo} only, so that the fields of one frame can
 * be read in any order although its header may straddle segments.
 */
public final class LogReader {
  private Segment segment;

  public LogReader(Segment segment) {
    this.segment = segment;
  }

  /** Nothing below this position will be read any more. */
  public void moveTo(long position) {
    segment = find(position);
  }

  public int u8(long position) {
    Segment at = find(position);
    return at.bytes().get((int) (position - at.base)) & 0xFF;
  }

  /** A big-endian u32 as a long. */
  public long u32(long position) {
    Segment at = find(position);
    return position + Integer.BYTES <= at.end()
        ? Integer.toUnsignedLong(at.bytes().getInt((int) (position - at.base)))
        : big(position, Integer.BYTES);
  }

  /** A big-endian u64. */
  long u64(long position) {
    Segment at = find(position);
    return position + Long.BYTES <= at.end()
        ? at.bytes().getLong((int) (position - at.base))
        : big(position, Long.BYTES);
  }

  /** A copy of the bytes {@code [position, position + length)}. */
  public byte[] copy(long position, int length) {
    byte[] out = new byte[length];
    Segment at = find(position);
    for (int done = 0; done < length; ) {
      at = find(at, position + done);
      int from = (int) (position + done - at.base);
      int n = (int) Math.min(length - done, at.end() - position - done);
      ByteBuffer bytes = at.bytes();
      bytes.get(from, out, done, n);
      done += n;
    }
    return out;
  }

  /** The position behind a whole frame, which becomes the place to go on from. */
  public long passFrame(long position) {
    moveTo(position);
    return position + Frames.LEN_BYTES + u32(position);
  }

  private long big(long position, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value = value << 8 | u8(position + i);
    }
    return value;
  }

  private Segment find(long position) {
    return find(segment, position);
  }

  private static Segment find(Segment from, long position) {
    Segment at = from;
    while (position >= at.end()) {
      Segment next = at.next();
      if (next == null) {
        throw new IndexOutOfBoundsException("position " + position + " is behind the log");
      }
      at = next;
    }
    return at;
  }
}
