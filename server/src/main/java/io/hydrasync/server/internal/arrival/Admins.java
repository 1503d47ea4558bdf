package io.hydrasync.server.internal.arrival;

import io.hydrasync.server.internal.loop.FatalErrors;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Who answers admins, on which thread, and how many of them there may be. Thread-safe. */
public final class Admins {
  /** Largest reply in bytes. */
  public static final int MAX_REPLY = 1 << 20;

  private static final int MOST = 16;
  private static final long IDLE_SECONDS = 30;

  private final AtomicInteger count = new AtomicInteger();
  private final ThreadPoolExecutor thread;
  private volatile @Nullable UnaryOperator<byte[]> handler;

  public Admins(FatalErrors errors) {
    // One request of each admin at a time, so the queue never overflows.
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(2 * MOST),
            errors.daemons("hydra-admin"));
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * Admins are let in from now on.
   *
   * @param next makes the reply to a request, on {@link #thread()}
   */
  public void open(UnaryOperator<byte[]> next) {
    handler = next;
  }

  /** What makes replies; nothing where there is no admin interface. */
  Optional<UnaryOperator<byte[]>> handler() {
    return Optional.ofNullable(handler);
  }

  /** Where requests are answered, one after the other, away from the loops. */
  ExecutorService thread() {
    return thread;
  }

  /** Takes one of the few places. */
  boolean tryEnter() {
    if (count.incrementAndGet() <= MOST) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }

  /** Gives it back. */
  void left() {
    count.decrementAndGet();
  }

  /** The relay has stopped. */
  public void close() {
    thread.shutdownNow();
  }
}
