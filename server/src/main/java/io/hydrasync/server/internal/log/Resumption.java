package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.wire.control.GapMessage;
import java.util.function.BiFunction;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Where a consumer goes on that asks for start = at(stream, seq) ({@code wire2.md} section 4,
 * "JOINED to a consumer"). On the log's owner loop.
 */
public final class Resumption {
  /** GAP.to where the end of the loss is not known. */
  static final long UNTIL_THE_END = -1L;

  private final SessionLog log;
  private final SessionLog.Place oldest;
  private final long stream;
  private final long seq;

  /**
   * A request.
   *
   * @param oldest the first boundary held, of a log that has an epoch
   */
  public Resumption(SessionLog log, SessionLog.Place oldest, long stream, long seq) {
    this.log = log;
    this.oldest = oldest;
    this.stream = stream;
    this.seq = seq;
  }

  private GapMessage gapUntil(long to) {
    return new GapMessage(stream, seq, to);
  }

  /**
   * Finds the place.
   *
   * @param place makes the answer from a boundary and the gap in front of it
   * @param park makes the answer from a sequence that is still to come
   */
  public <P> P find(
      BiFunction<SessionLog.Place, @Nullable GapMessage, P> place, LongFunction<P> park) {
    @Nullable Epoch newest = null;
    @Nullable Epoch later = null;
    boolean held = false;
    for (Epoch epoch : log.epochs()) {
      if (epoch.head.stream() == stream) {
        held = true;
        if (epoch.head.first() <= seq) {
          newest = epoch;
          later = null;
        } else if (later == null) {
          later = epoch;
        }
      } else if (newest != null && later == null) {
        later = epoch;
      }
    }
    if (!held) {
      return place.apply(oldest, gapUntil(UNTIL_THE_END));
    }
    if (newest == null) {
      return afterGap(place, later);
    }
    if (seq < newest.next) {
      SessionLog.Place found = log.find(newest, seq);
      return found != null ? place.apply(found, null) : afterGap(place, newest);
    }
    return notYetHere(place, park, newest, later);
  }

  /** The bytes are gone: the oldest that is held of the stream, or else of all. */
  private <P> P afterGap(
      BiFunction<SessionLog.Place, @Nullable GapMessage, P> place, @Nullable Epoch epoch) {
    Epoch first = oldest.epoch();
    if (epoch == null || first == null || epoch == first || epoch.position < oldest.position()) {
      boolean same = first != null && first.head.stream() == stream;
      return place.apply(oldest, gapUntil(same ? oldest.seq() : UNTIL_THE_END));
    }
    return place.apply(log.placeAt(epoch.position), gapUntil(Math.max(seq, epoch.head.first())));
  }

  private <P> P notYetHere(
      BiFunction<SessionLog.Place, @Nullable GapMessage, P> place,
      LongFunction<P> park,
      Epoch newest,
      @Nullable Epoch later) {
    if (newest == log.lastEpoch()) {
      return seq == newest.next ? place.apply(log.placeAt(log.published()), null) : park.apply(seq);
    }
    // another epoch follows: all of this one has been delivered, or what is missing cannot come
    SessionLog.Place next = log.placeAt(newest.end);
    if (seq == newest.next) {
      return place.apply(next, null);
    }
    boolean same = later != null && later.head.stream() == stream;
    return place.apply(next, gapUntil(same ? Math.max(seq, later.head.first()) : UNTIL_THE_END));
  }
}
