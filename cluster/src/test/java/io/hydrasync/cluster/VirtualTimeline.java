package io.hydrasync.cluster;

import java.time.Duration;
import java.util.PriorityQueue;

/** Time that passes when a test says so, on the test's thread. */
final class VirtualTimeline implements Timeline {
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long now;
  private long count;

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

  @Override
  public Scheduled schedule(Duration delay, Runnable what) {
    Task task = new Task(now + delay.toNanos(), count++, what);
    tasks.add(task);
    return task;
  }

  /** Lets time pass, and runs what is due meanwhile. */
  void advance(Duration time) {
    long end = now + time.toNanos();
    while (!tasks.isEmpty() && tasks.peek().at <= end) {
      Task next = tasks.remove();
      now = next.at;
      if (!next.cancelled) {
        next.what.run();
      }
    }
    now = end;
  }

  /** Runs what is due now. */
  void settle() {
    advance(Duration.ZERO);
  }
}
