package io.hydrasync.server;

import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What a relay keeps for its operator, beside the data path. Thread-safe. */
final class Operations {
  private static final int MAX_ADMINS = 16;
  private static final long IDLE_SECONDS = 30;

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
  private final AtomicInteger admins = new AtomicInteger();
  private final long startedNanos = System.nanoTime();
  private final Optional<AdminHandler> adminHandler;
  private final FatalErrors fatalErrors;
  private final ThreadPoolExecutor adminThread;
  private volatile Phase phase = Phase.RUNNING;

  Operations(Optional<AdminHandler> adminHandler, FatalErrors fatalErrors) {
    this.adminHandler = adminHandler;
    this.fatalErrors = fatalErrors;
    // One request of each admin at a time, so the queue never overflows.
    adminThread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(2 * MAX_ADMINS),
            fatalErrors.daemons("hydra-admin"));
    adminThread.allowCoreThreadTimeOut(true);
  }

  FatalErrors fatalErrors() {
    return fatalErrors;
  }

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

  Optional<AdminHandler> adminHandler() {
    return adminHandler;
  }

  /** Where requests of admins are answered, one after the other, away from the loops. */
  ExecutorService adminThread() {
    return adminThread;
  }

  /** Takes one of the few places for admins. */
  boolean tryAdmin() {
    if (admins.incrementAndGet() <= MAX_ADMINS) {
      return true;
    }
    admins.decrementAndGet();
    return false;
  }

  void adminLeft() {
    admins.decrementAndGet();
  }

  Phase phase() {
    return phase;
  }

  void phase(Phase next) {
    phase = next;
  }

  void close() {
    adminThread.shutdownNow();
  }
}
