package io.hydrasync.cluster;

import java.time.Duration;

/**
 * Time, and the one thread on which everything of a directory happens. A simulation has its own, in
 * which time passes when it wants it to. Tasks run one at a time, those of the same time in the
 * order in which they were given; any thread may give them.
 */
public interface Timeline {
  /** A task that has been given. */
  @FunctionalInterface
  interface Scheduled {
    /** Has it not run, if it has not begun. */
    void cancel();
  }

  /**
   * How late it is.
   *
   * @return nanoseconds since some time, of which only differences mean something
   */
  long nanoTime();

  /**
   * Has a task run later.
   *
   * @param delay how much later, 0 for as soon as possible, but never before this returns
   * @param task what to run
   * @return what cancels it
   */
  Scheduled schedule(Duration delay, Runnable task);

  /**
   * Has a task run as soon as possible.
   *
   * @param task what to run
   */
  default void execute(Runnable task) {
    schedule(Duration.ZERO, task);
  }
}
