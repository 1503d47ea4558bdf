package io.hydrasync.tests.support;

import java.util.concurrent.atomic.AtomicLong;

/** Counts what the present test has tried, for the table that {@code Reliability} prints. */
public final class Attempts {
  private static final AtomicLong COUNT = new AtomicLong();

  private Attempts() {}

  public static void one() {
    COUNT.incrementAndGet();
  }

  public static void add(long count) {
    COUNT.addAndGet(count);
  }

  /** How many since the last call. */
  public static long take() {
    return COUNT.getAndSet(0);
  }
}
