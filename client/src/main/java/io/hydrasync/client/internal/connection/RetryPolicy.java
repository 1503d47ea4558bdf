package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.stream.FailureCount;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.check.UnitText;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether and when to connect again after a failure ({@code wire2.md} section 7, last paragraph).
 * The deadline is for the time without a joined connection, summed up until there is progress or a
 * connection has stood for a minute: a relay that only answers JOIN wins no time by it. Not
 * thread-safe.
 */
public final class RetryPolicy {
  /** After so long a connection counts as one that works, whatever has come over it. */
  static final long STOOD_LONG_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final double NANOS = 1e9;

  private final Duration deadline;
  private final LongSupplier nanos;
  private final FailureCount failures;
  private final RelayRound round;
  private final Backoff backoff = new Backoff();
  private boolean down;
  private long downSinceNanos;
  private long joinedAtNanos;

  /** Time without a connection before the last one was joined. */
  private long spentNanos;

  private long gaveUpAfterNanos;

  /**
   * What to do.
   *
   * @param retry whether to try again
   * @param outOfTime if not: whether that is because the deadline is over, not because of the
   *     failure
   * @param waitNanos if so: after how long
   */
  public record Decision(boolean retry, boolean outOfTime, long waitNanos) {
    private static final Decision FATAL = new Decision(false, false, 0);
    private static final Decision OUT_OF_TIME = new Decision(false, true, 0);
  }

  /**
   * A policy.
   *
   * @param deadline how long to be without a joined connection; there is an attempt at its very end
   * @param nanos a clock that never goes back
   * @param failures counts what went wrong; whoever sees progress tells it, too
   * @param round knows whether there is another relay to go to at once
   */
  public RetryPolicy(
      Duration deadline, LongSupplier nanos, FailureCount failures, RelayRound round) {
    this.deadline = deadline;
    this.nanos = nanos;
    this.failures = failures;
    this.round = round;
    joinedAtNanos = nanos.getAsLong();
  }

  /**
   * A connection has been joined.
   *
   * @param agoNanos how long ago
   */
  public void joined(long agoNanos) {
    joinedAtNanos = nanos.getAsLong() - agoNanos;
    if (down) {
      spentNanos += Math.max(0, joinedAtNanos - downSinceNanos);
      down = false;
    }
  }

  /**
   * Nobody has tried for a while, since the application was elsewhere: that is not held against it.
   */
  public void idle(long forNanos) {
    if (down) {
      downSinceNanos += forNanos;
    }
  }

  /** There was progress: the next trouble is a new one. Called for each frame. */
  public void progressed() {
    spentNanos = 0;
    backoff.reset();
    round.progressed();
  }

  /**
   * Decides.
   *
   * @param problem what went wrong
   * @param failure where it counts, if it does
   */
  public Decision after(HydraException problem, FailureCount.Failure failure) {
    long now = nanos.getAsLong();
    if (!down) {
      down = true;
      downSinceNanos = now;
      backoff.lostJoined();
      if (now - joinedAtNanos >= STOOD_LONG_NANOS) {
        progressed();
        failures.stoodLong();
      }
      round.lost(problem);
    }
    if (isFinal(problem) || (counts(problem) && failures.count(failure))) {
      return Decision.FATAL;
    }
    long withoutNanos = spentNanos + (now - downSinceNanos);
    long leftNanos = deadline.toNanos() - withoutNanos;
    if (leftNanos <= 0) {
      gaveUpAfterNanos = withoutNanos;
      return Decision.OUT_OF_TIME;
    }
    Duration asked =
        problem instanceof RelayException e ? e.retryAfter().orElse(Duration.ZERO) : Duration.ZERO;
    long waitNanos = round.waitNanos(backoff, asked);
    // The last attempt is at the deadline, whatever the relay or the backoff would rather have.
    return new Decision(true, false, Math.min(waitNanos, leftNanos));
  }

  private boolean counts(HydraException problem) {
    if (problem.code() == ErrorCode.STALE_EPOCH && round.isGivenSeveral()) {
      return false; // a relay that its producer has left may hold what another one has replaced
    }
    return problem instanceof AuthenticationException
        || problem.code() == ErrorCode.PROTOCOL
        || problem.code() == ErrorCode.TOO_BIG;
  }

  /** What no other connection can mend; damage on the way may look like anything else. */
  static boolean isFinal(HydraException problem) {
    return problem instanceof RelayException e
        ? !e.isRetryable()
        : problem.code().defaultRetryAfter().isEmpty();
  }

  /** For messages, once it was out of time: how long there has been no connection. */
  public String describe() {
    return "gave up after " + UnitText.time(gaveUpAfterNanos / NANOS) + " without a connection";
  }
}
