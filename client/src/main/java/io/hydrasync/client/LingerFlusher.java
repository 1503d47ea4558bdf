package io.hydrasync.client;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends what has been written and not flushed after the linger time, on a daemon thread of its own.
 *
 * <p>No wake-up per batch: while messages come the thread looks once per linger time at when the
 * oldest unsent one was written; after a while without any it goes to sleep, and only then does a
 * writer have to wake it. {@code asleep} and {@code oldest} are volatile: the writer stores {@code
 * oldest} and then reads {@code asleep}, the thread stores {@code asleep} and then reads {@code
 * oldest}, so one of them sees the other.
 */
final class LingerFlusher {
  private static final long NOTHING = Long.MIN_VALUE;
  private static final int IDLE_LOOKS = 20;
  private static final long SHORTEST_NANOS = 50_000;

  private final long lingerNanos;
  private final Runnable flush;
  private final Thread thread;
  private volatile long oldest = NOTHING;
  private volatile boolean asleep;
  private volatile boolean stopped;

  /**
   * A flusher, running.
   *
   * @param linger how long a message may wait
   * @param flush sends what is due, under the producer's lock
   */
  LingerFlusher(Duration linger, Runnable flush) {
    lingerNanos = Math.max(linger.toNanos(), SHORTEST_NANOS);
    this.flush = flush;
    thread = ClientTimer.daemon("hydra-linger").newThread(this::run);
    thread.start();
  }

  /** A message has been written and none was waiting. Under the producer's lock. */
  void firstWritten() {
    oldest = System.nanoTime();
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  /** Nothing waits any more. Under the producer's lock. */
  void sent() {
    oldest = NOTHING;
  }

  /** Whether the oldest message has waited long enough. */
  boolean isDue() {
    long since = oldest;
    return since != NOTHING && System.nanoTime() - since >= lingerNanos;
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    int idle = 0;
    while (!stopped) {
      long since = oldest;
      if (since == NOTHING) {
        if (++idle < IDLE_LOOKS) {
          LockSupport.parkNanos(lingerNanos);
        } else {
          sleep();
          idle = 0;
        }
      } else {
        idle = 0;
        long left = since + lingerNanos - System.nanoTime();
        if (left > 0) {
          LockSupport.parkNanos(left);
        } else {
          flush.run();
          if (oldest == since) {
            LockSupport.parkNanos(lingerNanos); // there is no connection at present
          }
        }
      }
    }
  }

  private void sleep() {
    asleep = true;
    while (oldest == NOTHING && !stopped) {
      LockSupport.park();
    }
    asleep = false;
  }
}
