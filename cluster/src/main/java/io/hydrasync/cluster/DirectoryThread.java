package io.hydrasync.cluster;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Time as it passes, on a daemon thread. */
final class DirectoryThread implements Timeline, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryThread.class);

  private final ScheduledThreadPoolExecutor executor;

  DirectoryThread(String name) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  /** A task that comes after the end is not run. */
  @Override
  public Scheduled schedule(Duration delay, Runnable task) {
    try {
      Future<?> future = executor.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {};
    }
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.error("a task of the directory has failed", e);
      }
    };
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
