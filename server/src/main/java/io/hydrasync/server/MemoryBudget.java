package io.hydrasync.server;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much direct memory all logs of a relay may take together. A segment counts from its
 * allocation until its last reference is gone, even if the log has let go of it before.
 *
 * <p>Thread-safe. No wake-up is lost: a waiter registers first and then tries again, a release
 * gives the bytes back first and then looks for waiters, and both sides are sequentially
 * consistent, so at least one of them sees the other.
 */
final class MemoryBudget {
  /** What is kept to be used again, beside what is in use. */
  private static final int SPARE_SHARE = 16;

  private final long limit;
  private final SpareMemory spare;
  private final AtomicLong used = new AtomicLong();
  private final Queue<Runnable> waiters = new ConcurrentLinkedQueue<>();

  MemoryBudget(long limit) {
    this.limit = limit;
    spare = new SpareMemory(limit / SPARE_SHARE);
  }

  /** Where the memory for what has been reserved comes from, and goes to before it is released. */
  SpareMemory memory() {
    return spare;
  }

  /** The relay has stopped: memory that comes back is not kept any more. */
  void close() {
    spare.close();
  }

  long limit() {
    return limit;
  }

  long used() {
    return used.get();
  }

  /** Takes bytes if they are there. */
  boolean tryReserve(long bytes) {
    long now = used.get();
    while (now + bytes <= limit) {
      long seen = used.compareAndExchange(now, now + bytes);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** Gives bytes back and tells everybody who waits. */
  void release(long bytes) {
    used.addAndGet(-bytes);
    for (Runnable waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      waiter.run();
    }
  }

  /** Runs {@code waiter} once after the next release. The caller must try again after this call. */
  void await(Runnable waiter) {
    waiters.add(waiter);
  }
}
