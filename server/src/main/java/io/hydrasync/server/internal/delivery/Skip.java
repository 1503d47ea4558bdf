package io.hydrasync.server.internal.delivery;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.HeldReader;
import io.hydrasync.server.internal.log.LogReader;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.Segment;
import io.hydrasync.server.internal.log.SessionLog;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Moves a consumer forward over frames that the log no longer keeps ({@code wire2.md} section 2,
 * "skip"): the frame that it has begun is finished, then GAP names exactly the frames that are left
 * out. HEAD and END are never left out. In a SIGNED epoch what has been given must not lose its
 * CHECK, so the frames up to that are given, too. The later classic wire has no GAP. On the
 * consumer's loop; holds a reference to each segment in between until {@link #release()}.
 */
public final class Skip {
  /** What may be given to get to a CHECK: it waits in the output of a consumer that is slow. */
  private static final int COVER_BYTES = 64 << 10;

  /** Frames in front of their CHECK: a consumer takes no more of them. */
  private static final int MAX_UNCOVERED = 256;

  private final Placement target;
  private final List<Segment> held;
  private final MemoryBudget budget;

  /**
   * A skip.
   *
   * @param target a boundary that is still in the log
   * @param held the segments from the consumer's position to the target, retained for this skip
   * @param budget what is copied of them is charged to
   */
  public Skip(Placement target, List<Segment> held, MemoryBudget budget) {
    this.target = target;
    this.held = held;
    this.budget = budget;
  }

  /**
   * Where a consumer may be moved to: the first boundary known at or behind a position; in a SIGNED
   * epoch the next from there that does not stand between a frame and its CHECK. On the log's owner
   * loop.
   *
   * @return −1 if there is none
   */
  public static long target(SessionLog log, long position) {
    long at = log.indexedBoundary(position);
    SessionLog.Place place = log.placeAt(at);
    Epoch epoch = place.epoch();
    if (epoch == null || place.isHead() || !epoch.head.isSigned()) {
      return at;
    }
    if (at == log.published()) {
      return log.lastFrameType() == Frames.CHECK || log.lastFrameType() == Frames.HEAD ? at : -1;
    }
    LogReader reader = log.reader(at);
    for (int i = 0; i <= MAX_UNCOVERED && at < log.published(); i++) {
      int type = reader.u8(at + Frames.TYPE_OFFSET);
      if (type == Frames.HEAD) {
        return at; // what is in front of it is never covered any more
      }
      at = reader.passFrame(at);
      if (type == Frames.CHECK) {
        return at;
      }
    }
    return -1;
  }

  long target() {
    return target.at().position();
  }

  /** Whether it goes on from a position, or from one in front of it. */
  boolean reaches(long position) {
    return held.isEmpty() || held.get(0).base <= position;
  }

  /** Where a consumer's output goes, in this order. */
  interface Output {
    void bytes(ByteBuf bytes);

    void gap(GapMessage gap);

    /** Packets are left out that nobody can be told of. */
    void untold(long packets);
  }

  /**
   * Writes what has to be written and puts the feed at the target.
   *
   * @return false if the next CHECK is too far away, or there is no memory for what is not left
   *     out; then the output ends between two frames
   */
  boolean run(CopyFeed feed, Output output) {
    finishFrame(feed, output::bytes);
    if (!cover(feed, output::bytes)) {
      return false;
    }
    if (feed.queued() < target()) {
      FrameTracker tracker = feed.tracker();
      Pending pending = new Pending(tracker.stream(), tracker.nextSeq());
      if (held.stream().anyMatch(segment -> segment.hasMilestone)) {
        if (!writeMilestones(feed.queued(), pending, output)) {
          return false;
        }
      } else {
        pending.next = target.at().seq();
      }
      pending.flush(output);
      if (tracker.packetBytes() > 0) {
        output.untold((target() - feed.queued()) / tracker.packetBytes());
      }
      feed.jump(target);
    }
    return true;
  }

  /** Gives the frames up to the CHECK that covers what has been given. */
  private boolean cover(CopyFeed feed, Consumer<ByteBuf> output) {
    long most = Math.min(feed.queued() + COVER_BYTES, target());
    while (!feed.tracker().isCovered()) {
      long at = feed.queued();
      if (at >= target()) {
        return true; // nothing is left out
      }
      if (new LogReader(held.get(0)).passFrame(at) > most) {
        return false;
      }
      output.accept(feed.beginFrame(held.get(0)));
      finishFrame(feed, output);
    }
    return true;
  }

  private void finishFrame(CopyFeed feed, Consumer<ByteBuf> output) {
    if (!held.isEmpty()) {
      for (ByteBuf rest = feed.finishFrame(held.get(0));
          rest != null;
          rest = feed.finishFrame(held.get(0))) {
        output.accept(rest);
      }
    }
  }

  /** The gap that is open: frames {@code [from, next)} of a stream. */
  private static final class Pending {
    private long stream;
    private long from;
    private long next;

    Pending(long stream, long from) {
      this.stream = stream;
      this.from = from;
      next = from;
    }

    /** Writes the gap, if there is one. */
    void flush(Output output) {
      if (stream != 0 && from != next) {
        output.gap(new GapMessage(stream, from, next));
      }
      from = next;
    }
  }

  private boolean writeMilestones(long from, Pending pending, Output output) {
    LogReader reader = new LogReader(held.get(0));
    long at = from;
    int last = 0;
    while (at < target()) {
      reader.moveTo(at);
      int length = Frames.LEN_BYTES + (int) reader.u32(at);
      int type = reader.u8(at + Frames.TYPE_OFFSET);
      boolean isHead = type == Frames.HEAD;
      if (isHead || type == Frames.END || type == Frames.CHECK && last == Frames.END) {
        ByteBuf milestone = copy(at, length);
        if (milestone == null) {
          return false;
        }
        pending.flush(output);
        output.bytes(milestone);
        if (isHead) {
          byte[] head = reader.copy(at, Head.FIRST_END);
          pending.stream = Head.streamOf(head);
          pending.from = Head.firstOf(head);
        } else {
          pending.from++;
        }
        pending.next = pending.from;
      } else {
        pending.next++;
      }
      last = type;
      at += length;
    }
    return true;
  }

  /** A copy that waits in the output of a consumer that is slow, perhaps for long. */
  private @Nullable ByteBuf copy(long position, int length) {
    if (!budget.tryReserveForReader(length)) {
      return null;
    }
    try {
      ByteBuf copy = Segment.memory(length, budget);
      HeldReader.copy(held.get(0), position, length, copy);
      return copy;
    } catch (OutOfMemoryError e) {
      return null; // the JVM's own limit is tighter than the budget
    }
  }

  /** Lets go of the segments. */
  void release() {
    held.forEach(Segment::release);
  }
}
