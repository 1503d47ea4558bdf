package io.hydrasync.server.internal.log;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.spill.SpillFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.internal.CleanableDirectBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a session's log: direct memory for the positions {@code [base, end)}.
 *
 * <p>Written by the log's owner loop only. Everybody else reads positions below the log's published
 * tail, whose release makes these bytes and the index fields visible. The log holds one reference
 * to the memory and each slice in flight another; the memory and its share of the budget come back
 * when the last is gone. A reader that holds none must take one with {@link #tryRetain()} first.
 */
public final class Segment {
  public final long base;
  public final int capacity;

  /** Where frames begin, the first one and others. */
  final FrameMarks marks;

  /** Position of the first frame that begins in this segment, −1 while there is none. */
  long firstFrame = -1;

  /** Epoch of that frame; the frame may be that epoch's HEAD. */
  @Nullable Epoch firstEpoch;

  /** Sequence of that frame, or of the first frame behind it if it is a HEAD. */
  long firstSeq;

  /** Whether a HEAD or an END begins in this segment, which must not be skipped. */
  public boolean hasMilestone;

  /** HEADs that begin in this segment. */
  int heads;

  private final ByteBuf memory;
  private final ByteBuffer bytes;
  private long end;
  private volatile @Nullable Segment next;
  private volatile @Nullable SpillFile spilled;

  /**
   * The caller has reserved {@code capacity} bytes of the budget; they are given back from here.
   */
  Segment(long base, int capacity, MemoryBudget budget) {
    this(base, capacity, new Memory(capacity, budget));
  }

  private Segment(long base, int capacity, ByteBuf memory) {
    this.base = base;
    this.capacity = capacity;
    this.memory = memory;
    bytes = memory.nioBuffer(0, capacity);
    end = base + capacity;
    marks = new FrameMarks(base, capacity);
  }

  /** A segment without memory: where a log stands that has none. */
  static Segment empty(long base) {
    return new Segment(base, 0, Unpooled.EMPTY_BUFFER);
  }

  /**
   * Memory for something else of a log, empty. The caller has reserved {@code size} bytes of the
   * budget; they are given back from here, also where the JVM has none.
   */
  public static ByteBuf memory(int size, MemoryBudget budget) {
    try {
      return new Memory(size, budget).clear();
    } catch (OutOfMemoryError e) {
      budget.release(size);
      throw e;
    }
  }

  boolean isEmpty() {
    return capacity == 0;
  }

  /** Position behind the last byte; less than the capacity says if the rest was never used. */
  public long end() {
    return end;
  }

  /** A frame begins here, behind all that have been told before. */
  void frame(long position, @Nullable Epoch epoch, long seq) {
    if (firstFrame < 0) {
      firstEpoch = epoch;
      firstSeq = seq;
      firstFrame = position;
    }
    marks.frame(position, epoch, seq);
  }

  /**
   * Ends here, and the log goes on in another segment. Whoever has seen a tail beyond this position
   * sees this end, too: it is set before anything behind it is published.
   */
  void endAt(long position) {
    end = position;
  }

  @Nullable
  public Segment next() {
    return next;
  }

  void link(Segment following) {
    next = following;
  }

  /** The file that holds the bytes once the memory has gone, or null. From any thread. */
  @Nullable
  public SpillFile spilled() {
    return spilled;
  }

  /** The bytes are in a file now; the log's reference to the memory goes next. */
  void spilled(@Nullable SpillFile file) {
    spilled = file;
  }

  /** The bytes by absolute index, index 0 being {@link #base}; only while a reference is held. */
  public ByteBuffer bytes() {
    return bytes;
  }

  /** A slice that holds a reference of its own; only while a reference is held. */
  public ByteBuf retainedSlice(long position, int length) {
    return memory.retainedSlice((int) (position - base), length);
  }

  public boolean tryRetain() {
    try {
      memory.retain();
      return true;
    } catch (IllegalReferenceCountException e) {
      return false; // the log has let go of this segment
    }
  }

  public void release() {
    memory.release();
  }

  /** Direct memory that tells the budget when it is really gone. */
  private static final class Memory extends UnpooledDirectByteBuf {
    private final MemoryBudget budget;
    private final CleanableDirectBuffer buffer;
    private final int size;

    Memory(int size, MemoryBudget budget) {
      this(budget.memory().take(size), size, budget);
    }

    private Memory(CleanableDirectBuffer buffer, int size, MemoryBudget budget) {
      super(UnpooledByteBufAllocator.DEFAULT, buffer.buffer(), size); // which it does not free
      this.buffer = buffer;
      this.size = size;
      this.budget = budget;
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      budget.memory().give(buffer);
      budget.release(size);
    }
  }
}
