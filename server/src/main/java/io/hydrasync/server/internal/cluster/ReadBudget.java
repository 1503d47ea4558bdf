package io.hydrasync.server.internal.cluster;

import java.util.concurrent.TimeUnit;

/**
 * How often a node may ask the directory on behalf of consumers of sessions that it does not know:
 * what strangers can make it do. Beyond that they are told NO_SESSION without asking. Thread-safe.
 */
final class ReadBudget {
  /** In each second. */
  static final int MOST = 1_000;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private boolean begun;
  private long since;
  private int taken;

  /** Whether there may be one more. */
  synchronized boolean tryTake(long nowNanos) {
    if (!begun || nowNanos - since >= SECOND) {
      begun = true;
      since = nowNanos;
      taken = 0;
    }
    if (taken >= MOST) {
      return false;
    }
    taken++;
    return true;
  }
}
