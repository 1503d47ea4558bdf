package io.hydrasync.server.internal.admission;

import java.util.concurrent.TimeUnit;

/**
 * A token bucket: so many at a time, and so many a second on average. Rate and burst come with each
 * call, so that they can change while it is in use. Begins full. Not thread-safe; the clock is the
 * caller's.
 */
final class TokenBucket {
  private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private double tokens;
  private long filledNanos;

  TokenBucket(double burst, long nowNanos) {
    tokens = burst;
    filledNanos = nowNanos;
  }

  /** Whether there is a token; takes none. */
  boolean hasToken(double perSecond, double burst, long nowNanos) {
    fill(perSecond, burst, nowNanos);
    return tokens >= 1;
  }

  /**
   * Takes tokens, be they there or not: who takes what is still to come has to wait for it.
   *
   * @return nanoseconds until the last of them comes, 0 if all are there
   */
  long takeInAdvance(int count, double perSecond, double burst, long nowNanos) {
    fill(perSecond, burst, nowNanos);
    tokens -= count;
    return tokens >= 0 ? 0 : (long) (-tokens / perSecond * NANOS_PER_SECOND);
  }

  /** Whether it is as good as a new one. */
  boolean isFull(double perSecond, double burst, long nowNanos) {
    fill(perSecond, burst, nowNanos);
    return tokens >= burst;
  }

  private void fill(double perSecond, double burst, long nowNanos) {
    double seconds = (nowNanos - filledNanos) / NANOS_PER_SECOND;
    tokens = Math.min(burst, tokens + seconds * perSecond);
    filledNanos = nowNanos;
  }
}
