package io.hydrasync.server.internal.sync;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tasks that one loop gives to another. Stateless. */
public final class Tasks {
  private Tasks() {}

  /**
   * Runs a task on a loop after a delay; not at all if the loop stops.
   *
   * @param nanos the delay
   * @return what takes it back; null if the loop stops
   */
  public static @Nullable Future<?> schedule(EventExecutor loop, Runnable task, long nanos) {
    try {
      return loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      if (!loop.isShuttingDown()) {
        throw e;
      }
      return null;
    }
  }

  /**
   * Runs a task on a loop once that has looked for input. For the rest of what takes long: a loop
   * runs all that it is given in the plain way, also by its own tasks, before it looks for input
   * again.
   */
  public static void behindInput(EventExecutor loop, Runnable task) {
    schedule(loop, task, 1);
  }

  /**
   * Runs a task on a loop, later. One that stops takes none any more, and has nobody left to whom
   * it would matter: whoever gives it a task must be able to go on with its own, which may be to
   * let go of memory.
   */
  public static void give(Executor loop, Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      if (!(loop instanceof EventExecutor stopping && stopping.isShuttingDown())) {
        throw e;
      }
    }
  }
}
