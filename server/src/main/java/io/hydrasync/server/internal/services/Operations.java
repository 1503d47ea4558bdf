package io.hydrasync.server.internal.services;

import io.hydrasync.server.internal.telemetry.ClockWarning;
import io.hydrasync.server.internal.telemetry.CloseLog;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import java.util.concurrent.atomic.AtomicLong;

/** What a relay keeps for its operator, beside the data path. Thread-safe. */
public final class Operations {
  /** How far a relay is on its way out. */
  public enum Phase {
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

  public RelayCounters counters() {
    return counters;
  }

  public CloseLog closeLog() {
    return closeLog;
  }

  public ClockWarning clockWarning() {
    return clockWarning;
  }

  public long nextConnectionId() {
    return connectionIds.incrementAndGet();
  }

  public long uptimeNanos() {
    return System.nanoTime() - startedNanos;
  }

  public Phase phase() {
    return phase;
  }

  public void phase(Phase next) {
    phase = next;
  }
}
