package io.hydrasync.server.internal.admission;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Where the signatures of HEADs are checked, and how often: half of the processors at the most, on
 * threads of their own, so that neither loops nor those who join wait for them; and for each a
 * token of the connection and one of every {@link Prefix} that limits it. Who has no token waits,
 * nobody is refused. A producer that comes back with a ring of 64 epochs has its tokens at once.
 *
 * <p>Clients that no prefix limits, loopback ones as a rule, share no bucket: behind a proxy on
 * this machine that would be one for everybody. Then it is the threads that bound them: what these
 * check is all that there is to be done for HEADs on the loops.
 *
 * <p>A connection has at most one check here, so there are no more of them than connections. They
 * take turns. Thread-safe.
 */
public final class HeadChecks {
  static final int CONNECTION_BURST = 256;
  static final int CONNECTION_PER_SECOND = 64;
  static final PrefixRates.Rate OF_AN_ADDRESS = new PrefixRates.Rate(512, 4096);

  private final ReentrantLock lock = new ReentrantLock();
  private final PrefixRates addresses = new PrefixRates();
  private final ThreadPoolExecutor threads;

  /**
   * Checks, with all of their threads from the start: there may be none to be had when one is
   * needed.
   */
  public HeadChecks(ThreadFactory daemons) {
    int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            most, most, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), daemons);
    try {
      executor.prestartAllCoreThreads();
    } catch (Throwable e) {
      executor.shutdownNow();
      throw e;
    }
    threads = executor;
  }

  /** The bucket of a new connection. */
  static TokenBucket newBucket(long nowNanos) {
    return new TokenBucket(CONNECTION_BURST, nowNanos);
  }

  /**
   * Takes tokens of a connection and as many of each prefix that limits it.
   *
   * @return nanoseconds until all are there
   */
  long take(TokenBucket own, List<Prefix> limiting, int heads, long nowNanos) {
    long wait = own.takeInAdvance(heads, CONNECTION_PER_SECOND, CONNECTION_BURST, nowNanos);
    return Math.max(wait, takeOfAddress(limiting, heads, nowNanos));
  }

  private long takeOfAddress(List<Prefix> limiting, int heads, long nowNanos) {
    lock.lock();
    try {
      return addresses.takeInAdvance(limiting, heads, OF_AN_ADDRESS, nowNanos);
    } finally {
      lock.unlock();
    }
  }

  /** Tokens of prefixes that were taken in advance, for checks that nobody wants any more. */
  void giveBack(List<Prefix> limiting, int heads, long nowNanos) {
    takeOfAddress(limiting, -heads, nowNanos);
  }

  /** For how many prefixes something is kept. */
  int remembered() {
    lock.lock();
    try {
      return addresses.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Runs a check, or the next part of one, behind all that have come before.
   *
   * @throws RejectedExecutionException if the relay has stopped
   */
  public void execute(Runnable check) {
    threads.execute(check);
  }

  /** Whether nothing is checked at the moment, nor waits for its turn. */
  public boolean isIdle() {
    return threads.getQueue().isEmpty() && threads.getActiveCount() == 0;
  }

  /** The relay has stopped. */
  public void close() {
    threads.shutdown();
  }
}
