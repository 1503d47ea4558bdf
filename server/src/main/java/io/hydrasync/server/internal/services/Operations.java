package io.hydrasync.server.internal.services;

import io.hydrasync.server.internal.telemetry.Attendance;
import io.hydrasync.server.internal.telemetry.ClockWarning;
import io.hydrasync.server.internal.telemetry.CloseLog;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

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
  private final @Nullable Attendance attendance;
  private final AtomicLong connectionIds = new AtomicLong();
  private final long startedNanos = System.nanoTime();
  private volatile Phase phase = Phase.RUNNING;

  /**
   * What a relay keeps.
   *
   * @param attendance who comes to its one session, or null where there may be many
   */
  Operations(@Nullable Attendance attendance) {
    this.attendance = attendance;
  }

  /** Who has come to the one session of this relay, or null where there may be many. */
  @Nullable
  public Attendance attendance() {
    return attendance;
  }

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
