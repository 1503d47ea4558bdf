package io.hydrasync.tests;

import java.util.concurrent.atomic.AtomicLong;

/** Counts what the present test has tried, for the table that {@code Reliability} prints. */
final class Attempts {
  private static final AtomicLong COUNT = new AtomicLong();

  private Attempts() {}

  static void one() {
    COUNT.incrementAndGet();
  }

  static void add(long count) {
    COUNT.addAndGet(count);
  }

  /** How many since the last call. */
  static long take() {
    return COUNT.getAndSet(0);
  }
}
