package io.hydrasync.client;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The clock of all clients in this JVM: looks at each once a second, for PINGs and TICKs. Daemon
 * threads only. The looking must not block; what may is run on a small pool, so that one stuck
 * socket does not silence the others.
 */
final class ClientTimer {
  /** Between two looks. */
  static final int STEP_MS = 1_000;

  private static final int WRITERS = 4;
  private static final long IDLE_SECONDS = 30;

  private static final ScheduledThreadPoolExecutor CLOCK =
      new ScheduledThreadPoolExecutor(1, daemon("hydra-timer"));
  private static final ExecutorService POOL = pool();

  static {
    CLOCK.setRemoveOnCancelPolicy(true);
  }

  private ClientTimer() {}

  private static ExecutorService pool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            WRITERS,
            WRITERS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemon("hydra-keepalive"));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Calls {@code look} once a second until cancelled; it must neither block nor throw. */
  static ScheduledFuture<?> everySecond(Runnable look) {
    return CLOCK.scheduleWithFixedDelay(look, STEP_MS, STEP_MS, TimeUnit.MILLISECONDS);
  }

  /** Does something once, unless cancelled before; it must neither block nor throw. */
  static ScheduledFuture<?> after(int ms, Runnable task) {
    return CLOCK.schedule(task, ms, TimeUnit.MILLISECONDS);
  }

  /** Runs something that may block. */
  static void run(Runnable task) {
    POOL.execute(task);
  }
}
