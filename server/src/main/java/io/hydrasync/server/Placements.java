package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where consumers begin in a session's log, and those whose position is still to come. On the
 * session's owner loop, so that a place that has been found cannot be trimmed before its cursor is
 * registered.
 */
final class Placements {
  private final Parked parked = new Parked();
  private SessionLog log;

  /**
   * Where a consumer begins.
   *
   * @param at the frame boundary
   * @param segment that holds it
   * @param seq what JOINED announces
   * @param gap what the consumer has to be told first, or null
   * @param gapBehindHead what it has to be told behind the HEAD, or null
   * @param isToCome whether the place is still to come
   */
  record Placement(
      SessionLog log,
      SessionLog.Place at,
      Segment segment,
      long seq,
      @Nullable GapMessage gap,
      @Nullable GapMessage gapBehindHead,
      boolean isToCome) {
    /**
     * The same for a consumer that had its JOINED long ago. Where the first frame is neither the
     * one that JOINED named nor the first behind its HEAD, only a GAP lets the consumer take it.
     */
    Placement named(long joinedStream, long joinedSeq) {
      Epoch epoch = at.epoch();
      if (epoch == null
          || at.seq() == epoch.head.first()
          || stream() == joinedStream && at.seq() == joinedSeq) {
        return this;
      }
      GapMessage behind = new GapMessage(stream(), epoch.head.first(), at.seq());
      return new Placement(log, at, segment, seq, gap, behind, isToCome);
    }

    long stream() {
      Epoch epoch = at.epoch();
      return epoch == null ? 0 : epoch.head.stream();
    }

    boolean isSigned() {
      Epoch epoch = at.epoch();
      return epoch != null && epoch.head.isSigned();
    }

    /**
     * A consumer begins here. On the owner loop.
     *
     * @param joined the answer to its JOIN, or null if it has had that
     * @param from the stage in which it has joined, or null
     */
    void give(
        ConsumerStage consumer,
        LoopGroup group,
        @Nullable JoinedMessage joined,
        @Nullable JoiningStage from) {
      Epoch epoch = at.epoch();
      boolean needsHead = epoch != null && !at.isHead() && !isToCome;
      ByteBuf head = needsHead ? log.epochs().head(epoch) : null;
      Runnable begin =
          needsHead && head == null
              ? () -> consumer.connection().fail(ErrorCode.LIMIT, "no memory for a HEAD")
              : () -> begin(consumer, group, joined, head);
      consumer.connection().execute(() -> consumer.enter(from, begin, head));
    }

    /** On the consumer's loop. */
    private void begin(
        ConsumerStage consumer,
        LoopGroup group,
        @Nullable JoinedMessage joined,
        @Nullable ByteBuf head) {
      if (isToCome) {
        consumer.startParked(joined);
      } else {
        consumer.start(group, this, joined, head);
      }
    }
  }

  Placements(SessionLog log) {
    this.log = log;
  }

  /** Places are found in another log from now on. */
  void log(SessionLog next) {
    log = next;
  }

  /** The place that JOIN asks for; a position of START_AT that is still to come is to be parked. */
  Placement find(int start, long stream, long seq) {
    if (start == JoinMessage.START_LIVE) {
      return place(log.placeAt(log.livePosition()), null);
    }
    SessionLog.Place oldest = log.placeAt(log.oldestPosition());
    if (start == JoinMessage.START_OLDEST || oldest.epoch() == null) {
      return place(oldest, null);
    }
    return new Resumption(log, oldest, stream, seq).find(this::place, this::toCome);
  }

  /** Where a consumer goes on whose first log has ended. */
  Placement oldest() {
    return find(JoinMessage.START_OLDEST, 0, 0).named(0, 0);
  }

  /** A place with a gap in front of it. */
  Placement place(SessionLog.Place at, @Nullable GapMessage gap) {
    return new Placement(log, at, log.segmentOf(at.position()), at.seq(), gap, null, false);
  }

  private Placement toCome(long seq) {
    SessionLog.Place tail = log.placeAt(log.published());
    return new Placement(log, tail, log.segmentOf(tail.position()), seq, null, null, true);
  }

  // ---- those whose place is still to come ----

  /** A consumer waits; until its position comes the log keeps nothing for it. */
  void park(Parked.Guest guest, long stream, long seq) {
    guest.cursor().park(log);
    parked.park(guest, stream, seq);
  }

  void forget(Cursor gone) {
    parked.forget(gone);
  }

  /** Takes out all who wait. */
  List<Parked.Guest> takeParked() {
    return parked.takeAll();
  }

  /**
   * The log has grown, or the session is over: those who wait for a position may have it now.
   *
   * <p>Only they are looked at. Who waits has asked for a sequence of the last epoch's stream that
   * is beyond the epoch's next ({@link Resumption}). As long as the last epoch is of this stream,
   * and its next is not there, the answer stays; what comes in between, or is trimmed, does not
   * change it.
   *
   * @param over nothing more is to come
   */
  void serveParked(boolean over) {
    @Nullable Epoch last = parked.isEmpty() ? null : log.lastEpoch();
    if (last == null) {
      return;
    }
    long stream = over ? Long.MAX_VALUE : last.head.stream();
    Parked.@Nullable First before = null;
    @Nullable Placement answer = null;
    for (Parked.@Nullable First due = parked.pollUpTo(stream, last.next);
        due != null;
        due = parked.pollUpTo(stream, last.next)) {
      Placement place = answer;
      if (place == null || before == null || !due.asksTheSame(before)) {
        place = over ? tail() : again(due.stream(), due.seq());
      }
      before = due;
      answer = place;
      due.guest().cursor().placeAt(log, place.at.position());
      due.guest().start(place);
    }
  }

  /** Asked anew, as if it joined now: several epochs may have come at a time. */
  private Placement again(long stream, long seq) {
    return find(JoinMessage.START_AT, stream, seq).named(stream, seq);
  }

  private Placement tail() {
    return place(log.placeAt(log.published()), null);
  }
}
