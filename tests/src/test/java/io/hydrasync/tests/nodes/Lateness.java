package io.hydrasync.tests.nodes;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How late messages came: how many of them, by steps of 20 µs up to a second. One thread records,
 * any reads.
 */
final class Lateness {
  private static final long STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
  private static final int STEPS = 50_000;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(STEPS + 1);

  /** One message more. */
  void record(long nanos) {
    int at = (int) Math.max(0, Math.min(STEPS, nanos / STEP_NANOS));
    counts.setRelease(at, counts.getPlain(at) + 1);
  }

  /** What has been recorded by now. */
  Counts counts() {
    int[] copy = new int[counts.length()];
    for (int i = 0; i < copy.length; i++) {
      copy[i] = counts.getAcquire(i);
    }
    return new Counts(copy);
  }

  /** What was recorded by a moment, or between two. Not changed once it is made. */
  static final class Counts {
    private final int[] steps;

    private Counts(int[] steps) {
      this.steps = steps;
    }

    /** Of nobody. */
    static Counts none() {
      return new Counts(new int[STEPS + 1]);
    }

    Counts plus(Counts other) {
      return each(other, 1);
    }

    /** What has come since. */
    Counts minus(Counts earlier) {
      return each(earlier, -1);
    }

    private Counts each(Counts other, int sign) {
      int[] result = steps.clone();
      for (int i = 0; i < result.length; i++) {
        result[i] += sign * other.steps[i];
      }
      return new Counts(result);
    }

    long total() {
      long total = 0;
      for (int count : steps) {
        total += count;
      }
      return total;
    }

    /**
     * So many of a million were no later, in milliseconds.
     *
     * @throws IllegalStateException if nothing was recorded
     */
    double millis(int ofMillion) {
      long rank = (total() * ofMillion + 999_999) / 1_000_000;
      if (rank == 0) {
        throw new IllegalStateException("nothing was recorded");
      }
      int at = -1;
      for (long seen = 0; seen < rank; ) {
        seen += steps[++at];
      }
      return (at + 1) * STEP_NANOS / 1e6;
    }
  }
}
