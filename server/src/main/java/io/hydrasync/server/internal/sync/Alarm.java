package io.hydrasync.server.internal.sync;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Something to be done at a time that changes often: only the last one counts, and one that does
 * not is taken out of its loop, which would otherwise keep it, and all that it knows, until its
 * time has come. Confined to whom it belongs to: its tasks have to come back there.
 */
public final class Alarm {
  private final Clock clock;
  private long number;
  private @Nullable Future<?> pending;

  /** Has something run later, where the alarm belongs. */
  public interface Clock {
    /**
     * Schedules.
     *
     * @param nanos the delay
     * @return what takes it back; null if it will not be run
     */
    @Nullable Future<?> schedule(Runnable task, long nanos);
  }

  public Alarm(Clock clock) {
    this.clock = clock;
  }

  /**
   * Runs a task then, and nothing that was asked for before.
   *
   * @param nanos the delay
   */
  public void set(Runnable task, long nanos) {
    clear();
    long mine = number;
    pending =
        clock.schedule(
            () -> {
              if (number == mine) { // else it was on its way here already
                pending = null;
                task.run();
              }
            },
            nanos);
  }

  /** Runs nothing that was asked for before. */
  public void clear() {
    number++;
    Future<?> last = pending;
    if (last != null) {
      pending = null;
      last.cancel(false);
    }
  }
}
