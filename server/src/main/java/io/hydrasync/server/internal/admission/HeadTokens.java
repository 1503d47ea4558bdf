package io.hydrasync.server.internal.admission;

import java.util.List;

/**
 * The tokens of one producer's connection for its HEADs, and those that it takes of its address.
 * Confined to the connection's loop.
 */
public final class HeadTokens {
  private final HeadChecks checks;
  private final TokenBucket own;

  /** Where tokens are awaited, and how many. */
  private List<Prefix> limiting = List.of();

  private int awaited;
  private long dueNanos;

  public HeadTokens(HeadChecks checks, long nowNanos) {
    this.checks = checks;
    own = HeadChecks.newBucket(nowNanos);
  }

  /**
   * Takes tokens, be they there or not.
   *
   * @param prefixes that limit the client
   * @return nanoseconds until all are there; if it is not 0, {@link #haveCome} is to be told then
   */
  public long take(List<Prefix> prefixes, int heads, long nowNanos) {
    long wait = checks.take(own, prefixes, heads, nowNanos);
    if (wait > 0) {
      limiting = prefixes;
      awaited = heads;
      dueNanos = nowNanos + wait;
    }
    return wait;
  }

  /** The time is over that they had to be waited for. */
  public void haveCome() {
    awaited = 0;
  }

  /** Whether some have been taken that are not there yet. */
  boolean areAwaited() {
    return awaited > 0;
  }

  /** Whether some are awaited that will not be there at a time yet. */
  public boolean areAwaitedBeyond(long nanos) {
    return areAwaited() && dueNanos - nanos > 0;
  }

  /**
   * Nobody waits any more: what was taken of the address goes back to it, or who comes and goes
   * would leave ever longer waits to its neighbours.
   */
  public void giveBack(long nowNanos) {
    if (areAwaited()) {
      checks.giveBack(limiting, awaited, nowNanos);
      awaited = 0;
    }
  }
}
