package io.hydrasync.cluster.simulation;

import io.hydrasync.cluster.Timeline;
import java.time.Duration;
import java.util.PriorityQueue;

/** Virtual time: it passes when nothing is left to do at a moment. */
final class SimTime implements Timeline {
  /** More than any run needs that comes to rest. */
  private static final long MOST = 60_000;

  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long now;
  private long count;
  private long ran;

  private static final class Task implements Comparable<Task>, Scheduled {
    final long at;
    final long number;
    final Runnable what;
    boolean cancelled;

    Task(long at, long number, Runnable what) {
      this.at = at;
      this.number = number;
      this.what = what;
    }

    @Override
    public int compareTo(Task other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  @Override
  public long nanoTime() {
    return now;
  }

  long millis() {
    return now / 1_000_000;
  }

  @Override
  public Scheduled schedule(Duration delay, Runnable what) {
    return at(now + delay.toNanos(), what);
  }

  Scheduled at(long nanos, Runnable what) {
    Task task = new Task(Math.max(now, nanos), count++, what);
    tasks.add(task);
    return task;
  }

  Scheduled inMillis(long millis, Runnable what) {
    return at(now + millis * 1_000_000, what);
  }

  /** Runs what is due until then. */
  void runUntil(long nanos) {
    while (!tasks.isEmpty() && tasks.peek().at <= nanos) {
      Task next = tasks.remove();
      now = next.at;
      if (++ran > MOST) {
        throw new IllegalStateException("never at rest");
      }
      if (!next.cancelled) {
        next.what.run();
      }
    }
    now = nanos;
  }
}
