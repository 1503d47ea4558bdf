package io.hydrasync.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads frame lengths at rising positions of all that a log holds, in memory or spilled. A spilled
 * segment is read as a whole: this serves the rare case of a consumer that comes back for what has
 * been spilled. On the log's owner loop.
 */
final class HeldReader {
  private Segment segment;
  private ByteBuf bytes;

  /**
   * A reader.
   *
   * @param segment holds the first position that will be read
   * @throws SpillGoneException if a file cannot be read
   */
  HeldReader(Segment segment) {
    this.segment = segment;
    bytes = load(segment);
  }

  /** A big-endian u32 as a long; it may straddle segments. */
  long u32(long position) {
    long value = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      value = value << 8 | u8(position + i);
    }
    return value;
  }

  private int u8(long position) {
    while (position >= segment.end()) {
      Segment next = segment.next();
      if (next == null) {
        throw new IndexOutOfBoundsException("position " + position + " is behind the log");
      }
      segment = next;
      bytes = load(next);
    }
    return bytes.getUnsignedByte((int) (position - segment.base));
  }

  private static ByteBuf load(Segment segment) {
    @Nullable SpillFile file = segment.spilled();
    if (file == null) {
      return Unpooled.wrappedBuffer(segment.bytes().duplicate().clear());
    }
    ByteBuf copy = Unpooled.buffer(segment.capacity, segment.capacity);
    if (!file.read(copy, 0, segment.capacity)) {
      throw new SpillGoneException();
    }
    return copy;
  }

  /**
   * Copies bytes that a log holds.
   *
   * @param from holds the first of them
   * @throws SpillGoneException if a file cannot be read
   */
  static void copy(Segment from, long position, int length, ByteBuf to) {
    Segment at = from;
    for (long next = position; next < position + length; ) {
      while (next >= at.end()) {
        at = Objects.requireNonNull(at.next());
      }
      int offset = (int) (next - at.base);
      int n = (int) (Math.min(position + length, at.end()) - next);
      copyPart(at, offset, n, to);
      next += n;
    }
  }

  private static void copyPart(Segment segment, int offset, int length, ByteBuf to) {
    if (segment.tryRetain()) { // also one that is in a file already, but still in memory
      try {
        to.writeBytes(segment.bytes().slice(offset, length));
      } finally {
        segment.release();
      }
      return;
    }
    @Nullable SpillFile file = segment.spilled();
    ByteBuf part = to.slice(to.writerIndex(), length).writerIndex(0);
    if (file == null || !file.read(part, offset, length)) {
      throw new SpillGoneException();
    }
    to.writerIndex(to.writerIndex() + length);
  }

  /** A spilled segment cannot be read any more. */
  static final class SpillGoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
