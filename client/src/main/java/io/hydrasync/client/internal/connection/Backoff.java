package io.hydrasync.client.internal.connection;

import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next attempt to connect: 0.2 s at first, doubling to 30 s, each
 * spread by a quarter so that many clients do not come at once ({@code wire2.md} section 7). Not
 * thread-safe.
 */
final class Backoff {
  private static final long FIRST_MS = 200;
  private static final long LAST_MS = 30_000;
  private static final long LAST_AFTER_JOINED_MS = 1_000;
  private static final double SPREAD = 0.25;

  private long baseMs = FIRST_MS;

  /**
   * The next waiting time.
   *
   * @param leastMs what the relay asked for
   * @return milliseconds
   */
  long nextMs(long leastMs) {
    double factor = 1 + SPREAD * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    long ms = Math.max(leastMs, (long) (baseMs * factor));
    baseMs = Math.min(LAST_MS, 2 * baseMs);
    return ms;
  }

  /**
   * A joined connection is lost that has brought nothing: the relay is there, and on a network that
   * cuts often a large frame takes several attempts, so they do not become much rarer.
   */
  void lostJoined() {
    baseMs = Math.min(baseMs, LAST_AFTER_JOINED_MS);
  }

  /** There was progress: the next trouble is a new one. */
  void reset() {
    baseMs = FIRST_MS;
  }
}
