package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Whether and when to connect again after a failure ({@code wire2.md} section 7, last paragraph).
 * Not thread-safe.
 */
final class RetryPolicy {
  private static final long TENTH_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Duration deadline;
  private final LongSupplier nanos;
  private final Backoff backoff = new Backoff();
  private final Sightings failures = new Sightings();
  private boolean down;
  private long downSinceNanos;
  private long gaveUpNanos;

  /**
   * What to do.
   *
   * @param retry whether to try again
   * @param outOfTime if not: whether that is because the deadline is over, not because of the
   *     failure
   * @param waitNanos if so: after how long
   */
  record Decision(boolean retry, boolean outOfTime, long waitNanos) {
    private static final Decision FATAL = new Decision(false, false, 0);
    private static final Decision OUT_OF_TIME = new Decision(false, true, 0);
  }

  /**
   * A policy.
   *
   * @param deadline how long to go on trying without having heard anything from the relay; there is
   *     an attempt at its very end
   * @param nanos a clock that never goes back
   */
  RetryPolicy(Duration deadline, LongSupplier nanos) {
    this.deadline = deadline;
    this.nanos = nanos;
  }

  /** Something whole has come over a connection: the next trouble is a new one. */
  void heard() {
    down = false;
    backoff.reset();
  }

  /** There was progress: what failed before has passed. */
  void progressed() {
    failures.reset();
  }

  /**
   * Decides.
   *
   * @param problem what went wrong
   * @param position where in the stream: the same failure at the same position is fatal at its
   *     third sighting
   */
  Decision after(HydraException problem, long position) {
    long now = nanos.getAsLong();
    if (!down) {
      down = true;
      downSinceNanos = now;
    }
    if (isFatal(problem, position)) {
      return Decision.FATAL;
    }
    long leftNanos = deadline.toNanos() - (now - downSinceNanos);
    if (leftNanos <= 0) {
      gaveUpNanos = now;
      return Decision.OUT_OF_TIME;
    }
    long leastMs = problem instanceof RelayException e ? e.retryMs() : 0;
    long waitNanos = TimeUnit.MILLISECONDS.toNanos(backoff.nextMs(leastMs));
    // The last attempt is at the deadline, whatever the relay or the backoff would rather have.
    return new Decision(true, false, Math.min(waitNanos, leftNanos));
  }

  private boolean isFatal(HydraException problem, long position) {
    if (isFinal(problem)) {
      return true;
    }
    boolean counts =
        problem instanceof AuthenticationException
            || problem.code() == ErrorCode.PROTOCOL
            || problem.code() == ErrorCode.TOO_BIG;
    return counts && failures.isLast(problem.code(), position);
  }

  /** What no other connection can mend; damage on the way may look like anything else. */
  private static boolean isFinal(HydraException problem) {
    return problem instanceof RelayException e
        ? !e.isRetryable()
        : problem.code().defaultRetryMs() == ErrorCode.NEVER;
  }

  /** For messages, once it was out of time: how long has really been tried. */
  String describe() {
    long tenths = (gaveUpNanos - downSinceNanos) / TENTH_NANOS;
    return "gave up after " + tenths / 10 + "." + tenths % 10 + " s without a connection";
  }
}
