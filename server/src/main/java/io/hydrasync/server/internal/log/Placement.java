package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.wire.control.GapMessage;
import org.jspecify.annotations.Nullable;

/**
 * Where a consumer begins in a log.
 *
 * @param at the frame boundary
 * @param segment that holds it
 * @param seq what JOINED announces
 * @param gap what the consumer has to be told first, or null
 * @param gapBehindHead what it has to be told behind the HEAD, or null
 * @param isToCome whether the place is still to come
 */
public record Placement(
    SessionLog log,
    SessionLog.Place at,
    Segment segment,
    long seq,
    @Nullable GapMessage gap,
    @Nullable GapMessage gapBehindHead,
    boolean isToCome) {
  /**
   * The same for a consumer that had its JOINED long ago. Where the first frame is neither the one
   * that JOINED named nor the first behind its HEAD, only a GAP lets the consumer take it.
   */
  public Placement named(long joinedStream, long joinedSeq) {
    Epoch epoch = at.epoch();
    if (epoch == null
        || at.seq() == epoch.head.first()
        || stream() == joinedStream && at.seq() == joinedSeq) {
      return this;
    }
    GapMessage behind = new GapMessage(stream(), epoch.head.first(), at.seq());
    return new Placement(log, at, segment, seq, gap, behind, isToCome);
  }

  public long stream() {
    Epoch epoch = at.epoch();
    return epoch == null ? 0 : epoch.head.stream();
  }

  public boolean isSigned() {
    Epoch epoch = at.epoch();
    return epoch != null && epoch.head.isSigned();
  }

  /** Whether it is in the middle of an epoch, so that a copy of its HEAD has to come first. */
  public boolean needsHead() {
    Epoch epoch = at.epoch();
    return epoch != null && !at.isHead() && !isToCome;
  }
}
