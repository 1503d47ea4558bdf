package io.hydrasync.server;

import java.util.concurrent.TimeUnit;

/**
 * A token bucket that makes wait instead of refusing: a token that is not there yet can be taken,
 * and comes in its turn. Not thread-safe.
 */
final class TokenBucket {
  private final double burst;
  private final double perSecond;
  private double tokens;
  private long filledNanos;

  /** A full bucket. */
  TokenBucket(int burst, int perSecond, long nowNanos) {
    this.burst = burst;
    this.perSecond = perSecond;
    tokens = burst;
    filledNanos = nowNanos;
  }

  /**
   * Takes tokens.
   *
   * @return nanoseconds until the last of them comes, 0 if all are there
   */
  long take(int count, long nowNanos) {
    double seconds = (double) (nowNanos - filledNanos) / TimeUnit.SECONDS.toNanos(1);
    tokens = Math.min(burst, tokens + seconds * perSecond) - count;
    filledNanos = nowNanos;
    return tokens >= 0 ? 0 : (long) (-tokens / perSecond * TimeUnit.SECONDS.toNanos(1));
  }
}
