package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.LinkPlace;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.Resumption;
import io.hydrasync.server.internal.log.SessionLog;
import java.nio.ByteBuffer;
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
  private long liveStream;
  private long liveSeq;

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
      return live();
    }
    SessionLog.Place oldest = log.placeAt(log.oldestPosition());
    if (start == JoinMessage.START_OLDEST || oldest.epoch() == null) {
      return place(oldest, null);
    }
    return new Resumption(log, oldest, stream, seq).find(this::place, this::toCome);
  }

  /**
   * Where live is. In a mirror that has not got as far as its owner it is still to come, unless
   * there is no knowing where the owner was.
   */
  private Placement live() {
    SessionLog.Place here = log.placeAt(log.livePosition());
    Epoch last = log.lastEpoch();
    boolean behind =
        last != null
            && liveStream == last.head.stream()
            && Long.compareUnsigned(here.seq(), liveSeq) < 0;
    return behind ? find(JoinMessage.START_AT, liveStream, liveSeq) : place(here, null);
  }

  /** Live is not before this place, as the owner of a mirrored session says. */
  void liveIsFrom(long stream, long seq) {
    liveStream = stream;
    liveSeq = seq;
  }

  /**
   * The place of a link ({@code wire2.md} section 14): in the epoch that its mirror has got to, or
   * at the HEAD of the next that is here; the oldest, where that is not held.
   */
  Placement findLink(JoinMessage join) {
    SessionLog.Place oldest = log.placeAt(log.oldestPosition());
    long epoch = ByteBuffer.wrap(join.resume()).getLong();
    if (join.start() != JoinMessage.START_AT || oldest.epoch() == null || epoch == 0) {
      return find(join.start(), join.id(), join.seq());
    }
    SessionLog.@Nullable Place found = new LinkPlace(log, oldest).find(epoch, join.seq());
    return found == null ? toCome(join.seq()) : place(found, null);
  }

  /** Where a consumer goes on whose first log has ended. */
  Placement oldest() {
    return find(JoinMessage.START_OLDEST, 0, 0).named(0, 0);
  }

  /** The place in a log without a HEAD: its beginning, wherever that will be. */
  Placement firstToCome() {
    return toCome(0);
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

  /** The log goes on in another one: there they wait for the same. */
  void takeParkedTo(SessionLog next) {
    parked.cursors().forEach(cursor -> cursor.park(next));
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
        place = over ? tail() : find(JoinMessage.START_AT, due.stream(), due.seq());
      }
      before = due;
      answer = place;
      due.guest().cursor().placeAt(log, place.at().position());
      boolean named = due.guest().isNamed();
      due.guest()
          .start(over ? place : place.named(named ? due.stream() : 0, named ? due.seq() : 0));
    }
  }

  /** Where a consumer goes on that has got all up to here in a log that goes on in this one. */
  Placement again(long stream, long seq) {
    return find(JoinMessage.START_AT, stream, seq).named(0, 0);
  }

  private Placement tail() {
    return place(log.placeAt(log.published()), null);
  }
}
