package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.check.ClockText;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.log.Wire2Framing;
import io.hydrasync.server.internal.telemetry.ClockWarning;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Which epochs may follow in a session: newer ones, not from the future, of no older stream ({@code
 * wire2.md} section 6, "Relay"). On the session's owner loop.
 */
final class EpochOrder implements Wire2Framing.EpochRules {
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(24);

  private final LongSupplier clockMs;
  private final ClockWarning warning;
  private final LongPredicate olderStream;
  private long lastEpoch;
  private long lastStream;

  /**
   * No epoch so far.
   *
   * @param clockMs the time of day
   * @param warning hears of producers whose clock is ahead
   * @param olderStream hears of the epoch of a HEAD that is refused because its stream is older,
   *     and says whether its producer, which then begins another stream, is to come again
   */
  EpochOrder(LongSupplier clockMs, ClockWarning warning, LongPredicate olderStream) {
    this.olderStream = olderStream;
    this.clockMs = clockMs;
    this.warning = warning;
  }

  /** The highest that has been, 0 if none has. */
  long lastEpoch() {
    return lastEpoch;
  }

  @Override
  public void check(Head.Fields head) {
    if (head.epoch() <= lastEpoch) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an epoch that is not new");
    }
    checkAhead(head.epoch(), clockMs.getAsLong());
    if (head.stream() < lastStream) {
      boolean again = olderStream.test(head.epoch());
      throw new ProtocolException(
          again ? ErrorCode.INTERNAL : ErrorCode.PROTOCOL, "HEAD of an older stream");
    }
  }

  private void checkAhead(long epoch, long now) {
    if (epoch > now + MAX_AHEAD_MS) {
      warning.ahead(epoch, now);
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "HEAD of an epoch in the future: by that your clock says "
              + ClockText.utc(epoch)
              + ", this relay's "
              + ClockText.utc(now)
              + ", "
              + ClockText.apart(epoch, now)
              + " behind it; one of the two is wrong");
    }
  }

  @Override
  public void begins(Head.Fields head) {
    lastEpoch = head.epoch();
    lastStream = head.stream();
  }

  /** Another node of the cluster has let a HEAD in. */
  void mirrored(Head.Fields head) {
    seen(head.epoch(), head.stream());
  }

  /** An epoch has been somewhere: what follows is above it, and its stream not below this one. */
  void seen(long epoch, long stream) {
    lastEpoch = Math.max(lastEpoch, epoch);
    lastStream = Math.max(lastStream, stream);
  }

  /** The session is forgotten. */
  void forget() {
    lastEpoch = 0;
    lastStream = 0;
  }
}
