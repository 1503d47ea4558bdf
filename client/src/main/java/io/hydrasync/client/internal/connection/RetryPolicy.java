package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.stream.FailureCount;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayException;
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

  private static final long TENTH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Duration deadline;
  private final LongSupplier nanos;
  private final FailureCount failures;
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
   */
  public RetryPolicy(Duration deadline, LongSupplier nanos, FailureCount failures) {
    this.deadline = deadline;
    this.nanos = nanos;
    this.failures = failures;
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
    long leastMs =
        problem instanceof RelayException e ? e.retryAfter().map(Duration::toMillis).orElse(0L) : 0;
    long waitNanos = TimeUnit.MILLISECONDS.toNanos(backoff.nextMs(leastMs));
    // The last attempt is at the deadline, whatever the relay or the backoff would rather have.
    return new Decision(true, false, Math.min(waitNanos, leftNanos));
  }

  private static boolean counts(HydraException problem) {
    return problem instanceof AuthenticationException
        || problem.code() == ErrorCode.PROTOCOL
        || problem.code() == ErrorCode.TOO_BIG;
  }

  /** What no other connection can mend; damage on the way may look like anything else. */
  private static boolean isFinal(HydraException problem) {
    return problem instanceof RelayException e
        ? !e.isRetryable()
        : problem.code().defaultRetryAfter().isEmpty();
  }

  /** For messages, once it was out of time: how long there has been no connection. */
  public String describe() {
    long tenths = gaveUpAfterNanos / TENTH_NANOS;
    return "gave up after " + tenths / 10 + "." + tenths % 10 + " s without a connection";
  }
}
