package io.hydrasync.server.internal.log;

import org.jspecify.annotations.Nullable;

/**
 * Where some frames of a segment begin: the first one in each block of 16 KiB. Whoever looks for a
 * frame walks the headers from the nearest mark, some 560 frames at the most, whatever a producer
 * makes of its segments: a walk over all of a segment could be asked for in 34 bytes, again and
 * again.
 *
 * <p>Costs about 2 KiB of heap for a segment of 1 MiB. The log's owner loop writes; others may read
 * below the log's published tail, whose release makes the marks in front of it visible.
 */
final class FrameMarks {
  /** Bytes of a block. */
  static final int BLOCK = 16 << 10;

  private final long base;
  private final @Nullable Mark[] first;

  /**
   * A frame.
   *
   * @param position where it begins
   * @param epoch its epoch, null without one; the frame may be that epoch's HEAD
   * @param seq its sequence, or that of the first frame behind it if it is a HEAD
   */
  record Mark(long position, @Nullable Epoch epoch, long seq) {
    /** The frame, or the one behind it if this is its epoch's HEAD. */
    Mark behindHead() {
      return epoch != null && position == epoch.position
          ? new Mark(epoch.firstFrame(), epoch, seq)
          : this;
    }
  }

  /** Marks of the bytes {@code [base, base + capacity)}. */
  FrameMarks(long base, int capacity) {
    this.base = base;
    first = new Mark[(capacity + BLOCK - 1) / BLOCK];
  }

  /** A frame begins here, behind all that have been told before. */
  void frame(long position, @Nullable Epoch epoch, long seq) {
    int block = (int) ((position - base) / BLOCK);
    if (first[block] == null) {
      first[block] = new Mark(position, epoch, seq);
    }
  }

  /** The nearest mark at or below a position of this segment, or null if there is none. */
  @Nullable Mark atOrBelow(long position) {
    for (int block = (int) ((position - base) / BLOCK); block >= 0; block--) {
      Mark mark = first[block];
      if (mark != null && mark.position <= position) {
        return mark;
      }
    }
    return null;
  }

  /** The last mark of an epoch at or below a sequence and a position, or null if there is none. */
  @Nullable Mark of(Epoch epoch, long seq, long position) {
    for (int block = first.length - 1; block >= 0; block--) {
      Mark mark = first[block];
      if (mark != null && mark.epoch == epoch && mark.seq <= seq && mark.position <= position) {
        return mark;
      }
    }
    return null;
  }
}
