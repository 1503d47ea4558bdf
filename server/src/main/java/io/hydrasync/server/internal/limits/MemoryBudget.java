package io.hydrasync.server.internal.limits;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How much direct memory all logs of a relay may take together. A segment, or the copy of a HEAD,
 * counts from its allocation until its last reference is gone, even if the log has let go of it
 * before.
 *
 * <p>Thread-safe. No wake-up is lost: a waiter registers first and then tries again, a release
 * gives the bytes back first and then looks for waiters, and both sides are sequentially
 * consistent, so at least one of them sees the other.
 */
public final class MemoryBudget {
  /** What is kept to be used again, beside what is in use. */
  private static final int SPARE_SHARE = 16;

  /** How much more may be taken for those who are about to take what fills the memory. */
  private static final int READER_SHARE = 16;

  /** And for those who hold nothing yet, whom nobody should be able to keep out. */
  private static final int FIRST_SHARE = 32;

  private static final int EPOCHS_SHARE = 8;

  private final long limit;
  private final SpareMemory spare;
  private final @Nullable MemoryBudget epochs;
  private final AtomicLong used = new AtomicLong();
  private final Queue<Runnable> waiters = new ConcurrentLinkedQueue<>();

  public MemoryBudget(long limit) {
    this(limit, Runtime.getRuntime().maxMemory() / EPOCHS_SHARE);
  }

  /**
   * A budget.
   *
   * @param limit bytes of direct memory
   * @param epochsLimit bytes of heap for the epochs of all logs
   */
  public MemoryBudget(long limit, long epochsLimit) {
    this(limit, new MemoryBudget(epochsLimit, (MemoryBudget) null));
  }

  private MemoryBudget(long limit, @Nullable MemoryBudget epochs) {
    this.limit = limit;
    this.epochs = epochs;
    spare = new SpareMemory(limit / SPARE_SHARE);
  }

  /**
   * The heap that the logs' epochs may take together, 1/8 of all. A budget of its own, with waiters
   * of its own: no ratio of heap and direct memory is given.
   */
  public MemoryBudget epochs() {
    return Objects.requireNonNull(epochs);
  }

  /** Where the memory for what has been reserved comes from, and goes to before it is released. */
  public SpareMemory memory() {
    return spare;
  }

  /** The relay has stopped: memory that comes back is not kept any more. */
  public void close() {
    spare.close();
  }

  public long limit() {
    return limit;
  }

  public long used() {
    return used.get();
  }

  /** Takes bytes if they are there. */
  public boolean tryReserve(long bytes) {
    return tryReserve(bytes, limit);
  }

  /**
   * Takes bytes for one who reads, and so lets others go on: there may be a few beyond the limit.
   */
  public boolean tryReserveForReader(long bytes) {
    return tryReserve(bytes, limit + limit / READER_SHARE);
  }

  /**
   * Takes the few bytes of a log that holds none, so that a quiet producer can say that it is there
   * while others fill the memory: there may be as many beyond what readers have.
   */
  public boolean tryReserveFirst(long bytes) {
    return tryReserve(bytes, limit + limit / READER_SHARE + limit / FIRST_SHARE);
  }

  /** Takes bytes, whatever there is: for what is less than what comes back for it. */
  public void reserve(long bytes) {
    used.addAndGet(bytes);
  }

  private boolean tryReserve(long bytes, long most) {
    long now = used.get();
    while (now + bytes <= most) {
      long seen = used.compareAndExchange(now, now + bytes);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** Gives bytes back and tells everybody who waits. */
  public void release(long bytes) {
    used.addAndGet(-bytes);
    for (Runnable waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      waiter.run();
    }
  }

  /** Runs {@code waiter} once after the next release. The caller must try again after this call. */
  public void await(Runnable waiter) {
    waiters.add(waiter);
  }
}
