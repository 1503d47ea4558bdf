package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.threads.ClientTimer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Sends what has been written and not flushed once it is due, on a daemon thread of its own.
 *
 * <p>No wake-up per batch: while messages come the thread looks once per linger time at when the
 * oldest unsent one is due; after a while without any it goes to sleep. A writer has to wake it
 * only if it would look too late. {@code due} and {@code nextLook} are volatile: the writer stores
 * {@code due} and then reads {@code nextLook}, the thread stores {@code nextLook} and then reads
 * {@code due}, so one of them sees the other.
 */
public final class LingerFlusher {
  private static final long NOTHING = Long.MIN_VALUE;
  private static final long NEVER = Long.MAX_VALUE;
  private static final int IDLE_LOOKS = 20;
  private static final long SHORTEST_NANOS = 50_000;
  private static final long RETRY_NANOS = 1_000_000;

  private final long lingerNanos;
  private final Runnable flush;
  private final Consumer<Throwable> broken;
  private final Thread thread;
  private volatile long due = NOTHING;
  private volatile long nextLook;
  private volatile long pace;
  private volatile boolean stopped;

  /**
   * A flusher, running.
   *
   * @param linger how long a message may wait
   * @param flush sends what is due, under the producer's lock
   * @param broken hears what ended the thread, if not {@link #stop}
   */
  public LingerFlusher(Duration linger, Runnable flush, Consumer<Throwable> broken) {
    lingerNanos = Math.max(linger.toNanos(), SHORTEST_NANOS);
    pace = lingerNanos;
    this.flush = flush;
    this.broken = broken;
    thread = ClientTimer.daemon("hydra-linger").newThread(this::run);
    thread.start();
  }

  /** A message has been written and none was waiting. Under the producer's lock. */
  public void firstWritten() {
    dueIn(lingerNanos);
  }

  /**
   * A message has been written that may wait for this long at most, whatever waits already. Under
   * the producer's lock.
   */
  public void dueIn(long nanos) {
    long at = System.nanoTime() + nanos;
    long before = due;
    if (before != NOTHING && before - at <= 0) {
      return;
    }
    pace = nanos;
    due = at;
    long look = nextLook;
    if (look == NEVER || look - at > 0) {
      LockSupport.unpark(thread);
    }
  }

  /** Nothing waits any more. Under the producer's lock. */
  public void sent() {
    due = NOTHING;
  }

  /** Whether the oldest message has waited long enough. */
  public boolean isDue() {
    long at = due;
    return at != NOTHING && System.nanoTime() - at >= 0;
  }

  public void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    try {
      flushUntilStopped();
    } catch (Throwable e) {
      broken.accept(e); // nobody else would tell those who have written
    }
  }

  private void flushUntilStopped() {
    int idle = 0;
    while (!stopped) {
      long now = System.nanoTime();
      long at = due;
      if (at == NOTHING) {
        if (++idle < IDLE_LOOKS) {
          lookAt(now, now + pace, at);
        } else {
          lookAt(now, NEVER, at);
          idle = 0;
        }
      } else {
        idle = 0;
        if (at - now > 0) {
          lookAt(now, at, at);
        } else {
          flush.run();
          if (due == at) {
            LockSupport.parkNanos(RETRY_NANOS); // there is no connection at present
          }
        }
      }
    }
  }

  /** Waits, unless something has become due meanwhile that was not so before. */
  private void lookAt(long now, long then, long seen) {
    nextLook = then;
    if (due == seen && !stopped) {
      if (then == NEVER) {
        LockSupport.park();
      } else {
        LockSupport.parkNanos(then - now);
      }
    }
    nextLook = now; // until it is known: nobody needs to wake a thread that runs
  }
}
