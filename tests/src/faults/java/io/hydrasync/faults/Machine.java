package io.hydrasync.faults;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How late this machine runs what is due: bounds of time are widened by it, so that a busy machine
 * is not taken for a fault.
 */
final class Machine {
  private static final long STEP_MS = 20;
  private static final double LEAST_SLACK = 0.5;
  private static final int FACTOR = 4;
  private static final AtomicLong LATEST_NANOS = new AtomicLong();

  private Machine() {}

  /** Watches from now on, until the JVM ends. */
  static void watch() {
    Thread thread = new Thread(Machine::run, "machine");
    thread.setDaemon(true);
    thread.setPriority(Thread.MIN_PRIORITY);
    thread.start();
  }

  private static void run() {
    while (true) {
      long due = System.nanoTime() + STEP_MS * 1_000_000;
      try {
        Thread.sleep(STEP_MS);
      } catch (InterruptedException e) {
        return;
      }
      LATEST_NANOS.accumulateAndGet(System.nanoTime() - due, Math::max);
    }
  }

  /** What a bound is widened by, in seconds: several steps of whoever answers may come so late. */
  static double slack() {
    return LEAST_SLACK + FACTOR * LATEST_NANOS.get() / 1e9;
  }
}
