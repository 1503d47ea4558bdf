package io.hydrasync.server.internal.sync;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks one after the other, as an event loop does, but on the threads of those who give them:
 * whoever finds the queue at rest runs all that is there, also what others add meanwhile. So when
 * all of them have returned nothing is left to be done.
 */
final class TaskQueue implements Executor {
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (pending.getAndIncrement() == 0) {
      do {
        Runnable next = tasks.poll();
        if (next != null) {
          next.run();
        }
      } while (pending.decrementAndGet() > 0);
    }
  }
}
