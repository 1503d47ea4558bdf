package io.hydrasync.server.internal.log;

import io.hydrasync.server.internal.spill.SpillFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads frame lengths at rising positions of all that a log holds, in memory or spilled. Of a file
 * as much is read at a time as a walk from one mark to the next takes ({@link FrameMarks}). On the
 * log's owner loop.
 */
public final class HeldReader {
  private static final int PIECE = 2 * FrameMarks.BLOCK;

  private Segment segment;
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

  /** Position of the first of the bytes. */
  private long base;

  /**
   * A reader.
   *
   * @param segment holds the first position that will be read
   * @param position that one
   * @throws SpillGoneException if a file cannot be read
   */
  HeldReader(Segment segment, long position) {
    this.segment = segment;
    load(position);
  }

  /** A big-endian u32 as a long; it may straddle segments. */
  long u32(long position) {
    long offset = position - base;
    if (offset + Integer.BYTES <= bytes.writerIndex()
        && position + Integer.BYTES <= segment.end()) {
      return bytes.getUnsignedInt((int) offset);
    }
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
      load(Math.max(position, next.base));
    }
    if (position - base >= bytes.writerIndex()) {
      load(position);
    }
    return bytes.getUnsignedByte((int) (position - base));
  }

  private void load(long position) {
    @Nullable SpillFile file = segment.spilled();
    if (file == null) {
      base = segment.base;
      bytes = Unpooled.wrappedBuffer(segment.bytes().duplicate().clear());
      return;
    }
    int offset = (int) (position - segment.base);
    int length = Math.min(PIECE, segment.capacity - offset);
    ByteBuf copy = Unpooled.buffer(length, length);
    if (!file.read(copy, offset, length)) {
      throw new SpillGoneException();
    }
    base = position;
    bytes = copy;
  }

  /**
   * Copies bytes that a log holds.
   *
   * @param from holds the first of them
   * @throws SpillGoneException if a file cannot be read
   */
  public static void copy(Segment from, long position, int length, ByteBuf to) {
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
