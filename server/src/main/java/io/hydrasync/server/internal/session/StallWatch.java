package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.services.RelayServices;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Looks for the consumers of a session that others wait for and that take too little, and for a
 * producer that waits for memory which nobody gives back. On the session's owner loop.
 */
final class StallWatch {
  private static final int STEPS = 16;

  private final Session session;
  private final RelayServices services;
  private final LogRoom room;
  private boolean watching;
  private long waitingForBudgetNanos;

  StallWatch(Session session, RelayServices services, LogRoom room) {
    this.session = session;
    this.services = services;
    this.room = room;
  }

  /** The producer waits from now on. */
  void restart() {
    waitingForBudgetNanos = 0;
    watch();
  }

  /** Looks from now on, for as long as somebody waits. */
  void watch() {
    if (!watching) {
      watching = true;
      session.schedule(this::check, step());
    }
  }

  private long step() {
    return Math.min(
        TimeUnit.SECONDS.toNanos(1), Math.max(1, services.limits().stallNanos() / STEPS));
  }

  private void check() {
    watching = false;
    LogSource waiting = session.source();
    boolean paused = waiting != null && waiting.isPaused();
    if (!paused && session.consumers().stream().noneMatch(this::isDraining)) {
      return;
    }
    try {
      dropStalled(paused ? session.log().oldestSegmentEnd() : 0);
      if (paused) {
        watchBudget(waiting);
        // What others needed when they were asked they may only retain by now, and none of them
        // says so.
        room.resumeProducer();
      }
    } finally {
      watch(); // else nobody would ever be dropped again
    }
  }

  private void dropStalled(long inTheWay) {
    for (ConsumerStage consumer : new ArrayList<>(session.consumers())) {
      if (isDraining(consumer) || consumer.cursor().position() < inTheWay) {
        consumer.refreshProgress();
        if (consumer.cursor().stalls(step(), patience(consumer))) {
          tooSlow(consumer);
        }
      }
    }
  }

  /** The node of a link drops its own stalled consumer first. */
  private long patience(ConsumerStage consumer) {
    long nanos = services.limits().stallNanos();
    return consumer.isLink() ? 2 * nanos : nanos;
  }

  private static void tooSlow(ConsumerStage consumer) {
    consumer
        .connection()
        .execute(
            () ->
                consumer
                    .connection()
                    .fail(ErrorCode.TOO_SLOW, "others were waiting for this consumer"));
  }

  /** Links without a consumer behind them hold nobody up. */
  void dropIdleLinks(long inTheWay) {
    for (ConsumerStage consumer : List.copyOf(session.consumers())) {
      if (consumer.cursor().counted() == 0 && consumer.cursor().position() < inTheWay) {
        tooSlow(consumer);
      }
    }
  }

  /** Whether a log that is finished is kept for this consumer. */
  private boolean isDraining(ConsumerStage consumer) {
    return consumer.cursor().log().isFinished();
  }

  /**
   * Two producers that each hold half of the memory for a frame would wait for each other forever.
   */
  private void watchBudget(LogSource waiting) {
    waitingForBudgetNanos = room.isAtCapacity() ? 0 : waitingForBudgetNanos + step();
    if (waitingForBudgetNanos > services.limits().stallNanos()
        && room.slowestCursor() == session.log().published()) {
      waiting.outOfMemory();
    }
  }
}
