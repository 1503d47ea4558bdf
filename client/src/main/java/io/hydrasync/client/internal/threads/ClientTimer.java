package io.hydrasync.client.internal.threads;

import io.hydrasync.protocol.check.JvmErrors;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The clock of all clients in this JVM: looks at each of them now and then, for PINGs, TICKs and
 * interrupted threads. Daemon threads only, which end when there is no client any more. The looking
 * must not block; what may is run on a small pool, so that one stuck socket does not silence the
 * others.
 */
public final class ClientTimer {
  /** Between two looks. */
  public static final int STEP_MS = 1_000;

  /** Between two looks of those that look often. */
  public static final int SHORT_STEP_MS = 250;

  private static final int WRITERS = 4;
  private static final long IDLE_SECONDS = 2;

  private static final ScheduledThreadPoolExecutor CLOCK = clock();
  private static final ExecutorService POOL = pool();

  /** One task for all of these: a task each would cost more than the looking. */
  private static final Set<Runnable> OFTEN = ConcurrentHashMap.newKeySet();

  private static final ReentrantLock OFTEN_LOCK = new ReentrantLock();
  private static @Nullable ScheduledFuture<?> often;

  private ClientTimer() {}

  private static ScheduledThreadPoolExecutor clock() {
    ScheduledThreadPoolExecutor clock =
        new ScheduledThreadPoolExecutor(1, ClientThreads.daemon("hydra-timer"));
    clock.setRemoveOnCancelPolicy(true);
    clock.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    clock.allowCoreThreadTimeOut(true);
    return clock;
  }

  private static ExecutorService pool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            WRITERS,
            WRITERS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            ClientThreads.daemon("hydra-keepalive"));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /**
   * Makes daemons that belong to one client and end with it. They may call its listeners, and so
   * have the context class loader of the thread that made the client.
   */
  public static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Calls {@code look} once a second until cancelled; it must not block. */
  public static ScheduledFuture<?> everySecond(Runnable look) {
    return CLOCK.scheduleWithFixedDelay(
        () -> lookAt(look), STEP_MS, STEP_MS, TimeUnit.MILLISECONDS);
  }

  /**
   * Calls {@code look} every {@link #SHORT_STEP_MS} ms until {@link #noLonger}; it must not block.
   */
  public static void often(Runnable look) {
    OFTEN_LOCK.lock();
    try {
      OFTEN.add(look);
      if (often == null) {
        often =
            CLOCK.scheduleWithFixedDelay(
                () -> OFTEN.forEach(ClientTimer::lookAt),
                SHORT_STEP_MS,
                SHORT_STEP_MS,
                TimeUnit.MILLISECONDS);
      }
    } finally {
      OFTEN_LOCK.unlock();
    }
  }

  /** Ends what {@link #often} began; the last call may still be on its way. */
  public static void noLonger(Runnable look) {
    OFTEN_LOCK.lock();
    try {
      ScheduledFuture<?> task = often;
      if (OFTEN.remove(look) && OFTEN.isEmpty() && task != null) {
        task.cancel(false);
        often = null;
      }
    } finally {
      OFTEN_LOCK.unlock();
    }
  }

  /**
   * What a look throws, such as that there is no memory, must end neither it nor the others: the
   * next look does what this one could not. But whoever decides what such an error means for the
   * program hears of it.
   */
  static void lookAt(Runnable look) {
    try {
      look.run();
    } catch (Throwable e) {
      if (JvmErrors.isFatal(e)) {
        Thread here = Thread.currentThread();
        here.getUncaughtExceptionHandler().uncaughtException(here, e);
      }
    }
  }

  /** Does something once, unless cancelled before; it must neither block nor throw. */
  public static ScheduledFuture<?> after(int ms, Runnable task) {
    return CLOCK.schedule(task, ms, TimeUnit.MILLISECONDS);
  }

  /** Runs something that may block. */
  public static void run(Runnable task) {
    POOL.execute(task);
  }
}
