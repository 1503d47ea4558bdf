package io.hydrasync.server;

import java.util.concurrent.atomic.AtomicLong;

/** What a relay keeps for its operator, beside the data path. Thread-safe. */
final class Operations {
  /** How far a relay is on its way out. */
  enum Phase {
    RUNNING,
    /** No new sessions; those that are there go on. */
    DRAINING,
    /** Nobody joins any more. */
    CLOSING
  }

  private final RelayCounters counters = new RelayCounters();
  private final CloseLog closeLog = new CloseLog(System::nanoTime);
  private final ClockWarning clockWarning = new ClockWarning(System::nanoTime);
  private final AtomicLong connectionIds = new AtomicLong();
  private final long startedNanos = System.nanoTime();
  private volatile Phase phase = Phase.RUNNING;

  RelayCounters counters() {
    return counters;
  }

  CloseLog closeLog() {
    return closeLog;
  }

  ClockWarning clockWarning() {
    return clockWarning;
  }

  long nextConnectionId() {
    return connectionIds.incrementAndGet();
  }

  long uptimeNanos() {
    return System.nanoTime() - startedNanos;
  }

  Phase phase() {
    return phase;
  }

  void phase(Phase next) {
    phase = next;
  }
}
