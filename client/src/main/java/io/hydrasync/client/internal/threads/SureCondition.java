package io.hydrasync.client.internal.threads;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock with a condition that wakes who waits even if there is no memory at that moment. The JDK's
 * condition may need some for the lock's queue, and where it has none, the thread that was to be
 * woken spins for ever. Thread-safe.
 */
public final class SureCondition {
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Waiter first;

  /** A thread that waits, in a list that the lock covers. */
  private static final class Waiter {
    private final Thread thread = Thread.currentThread();
    private @Nullable Waiter next;
  }

  /** Takes the lock, whatever that takes. */
  public void lock() {
    while (true) {
      try {
        lock.lock();
        return;
      } catch (OutOfMemoryError e) { // for a place in the queue
        Thread.onSpinWait();
      }
    }
  }

  public void unlock() {
    lock.unlock();
  }

  /**
   * Waits for {@link #signalAll}; may return without that. Whoever calls this holds the lock, once,
   * and has it again afterwards.
   *
   * @return what is left of the time
   */
  public long awaitNanos(long nanos) throws InterruptedException {
    long began = System.nanoTime();
    Waiter me = new Waiter();
    me.next = first;
    first = me;
    lock.unlock();
    try {
      LockSupport.parkNanos(this, nanos); // not if it has been woken, or interrupted, before
    } finally {
      lock();
      remove(me);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return nanos - (System.nanoTime() - began);
  }

  private void remove(Waiter gone) {
    if (first == gone) {
      first = gone.next;
      return;
    }
    for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
      if (waiter.next == gone) {
        waiter.next = gone.next;
        return;
      }
    }
  }

  /** Wakes all who wait. Whoever calls this holds the lock. */
  public void signalAll() {
    for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
      LockSupport.unpark(waiter.thread);
    }
  }
}
