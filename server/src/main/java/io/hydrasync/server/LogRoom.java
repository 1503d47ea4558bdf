package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Room in a session's log: what is trimmed, what happens at capacity, when the producer stops
 * reading and when it goes on, and which consumers hold others up. On the session's owner loop,
 * except where a comment says otherwise.
 */
final class LogRoom {
  private static final int STALL_STEPS = 16;

  private final Session session;
  private final Relay relay;
  private final RoomGate gate = new RoomGate();
  private final AtomicBoolean roomWanted = new AtomicBoolean();
  private final AtomicBoolean budgetAwaited = new AtomicBoolean();
  private boolean watchingStalls;
  private long waitingForBudgetNanos;

  LogRoom(Session session, Relay relay) {
    this.session = session;
    this.relay = relay;
  }

  /**
   * Room for the producer's next bytes: lets go of what is beyond the retention, then of all that
   * nobody needs, and at capacity asks the overflow policy.
   *
   * @return false if the producer has to wait
   */
  boolean makeRoom() {
    long needed = slowestCursor();
    session
        .log()
        .trim(Math.min(needed, session.log().published() - relay.limits().retentionBytes()));
    if (isAtCapacity()) {
      session.log().trim(needed);
    }
    if (isAtCapacity() && !overflow()) {
      return false;
    }
    if (session.log().grow()) {
      return true;
    }
    session.log().trim(needed);
    relay.sessions().shrinkRetention(session);
    return session.log().grow();
  }

  private boolean isAtCapacity() {
    return session.log().allocated() + session.log().nextSegmentSize()
        > relay.limits().capacityBytes();
  }

  /**
   * The one place where it is decided what happens when the log is at capacity and somebody still
   * needs its oldest bytes. BACKPRESSURE: nothing is given up, the producer waits.
   *
   * @return true if there is room now
   */
  private boolean overflow() {
    return false;
  }

  private long slowestCursor() {
    long slowest = session.log().published();
    for (ConsumerStage consumer : session.consumers()) {
      if (consumer.placedIn() == session.log()) {
        slowest = Math.min(slowest, consumer.position());
      }
    }
    return slowest;
  }

  /** Another session needs memory: what is only retained goes. */
  void shrinkRetention() {
    session.log().trim(slowestCursor());
  }

  /** The producer has stopped reading: see to it that it hears of the next room. */
  void waitForRoom() {
    waitingForBudgetNanos = 0;
    watchStalls();
    resumeProducer();
  }

  /** The producer reads again, or is gone. */
  void open() {
    gate.open();
  }

  /** From any consumer's loop: its cursor has moved. */
  void cursorMoved(long from, long to) {
    if (gate.passed(from, to)) {
      roomMayHaveCome();
    }
  }

  private void roomMayHaveCome() {
    if (!roomWanted.getAndSet(true)) {
      session.execute(
          () -> {
            roomWanted.set(false);
            resumeProducer();
          });
    }
  }

  /** There may be room again. */
  void resumeProducer() {
    ProducerStage waiting = session.producer();
    if (waiting == null || !waiting.isPaused()) {
      return;
    }
    long closedAt;
    do {
      closedAt = session.log().oldestSegmentEnd();
      gate.close(closedAt);
      if (!isAtCapacity()) {
        awaitBudget();
      }
      // Only now, that everybody who frees something can see that we wait.
      waiting.tryResume();
    } while (waiting.isPaused() && session.log().oldestSegmentEnd() != closedAt);
  }

  /** At most one waiter of this session stands in the budget's queue. */
  private void awaitBudget() {
    if (!budgetAwaited.getAndSet(true)) {
      relay
          .budget()
          .await(
              () -> {
                budgetAwaited.set(false);
                roomMayHaveCome();
              });
    }
  }

  // ---- consumers that hold others up ----

  void watchStalls() {
    if (!watchingStalls) {
      watchingStalls = true;
      session.schedule(this::checkStalls, stallStep());
    }
  }

  private long stallStep() {
    return Math.min(
        TimeUnit.SECONDS.toNanos(1), Math.max(1, relay.limits().stallNanos() / STALL_STEPS));
  }

  private void checkStalls() {
    watchingStalls = false;
    ProducerStage waiting = session.producer();
    boolean paused = waiting != null && waiting.isPaused();
    if (!paused && session.consumers().stream().noneMatch(this::isDraining)) {
      return;
    }
    long inTheWay = paused ? session.log().oldestSegmentEnd() : 0;
    for (ConsumerStage consumer : new ArrayList<>(session.consumers())) {
      SessionLog in = consumer.placedIn();
      if (isDraining(consumer) || consumer.position() < inTheWay) {
        consumer.refreshProgress();
        long backlog = in.published() - consumer.position();
        if (consumer.stalls(stallStep(), relay.limits().stallNanos(), backlog)) {
          consumer
              .connection()
              .execute(
                  () ->
                      consumer
                          .connection()
                          .fail(ErrorCode.TOO_SLOW, "others were waiting for this consumer"));
        }
      }
    }
    if (paused) {
      watchBudget(waiting);
    }
    watchStalls();
  }

  /** Whether a log that is finished is kept for this consumer. */
  private boolean isDraining(ConsumerStage consumer) {
    return consumer.placedIn().isFinished();
  }

  /**
   * Two producers that each hold half of the memory for a frame would wait for each other forever.
   */
  private void watchBudget(ProducerStage waiting) {
    waitingForBudgetNanos = isAtCapacity() ? 0 : waitingForBudgetNanos + stallStep();
    if (waitingForBudgetNanos > relay.limits().stallNanos()
        && slowestCursor() == session.log().published()) {
      waiting.outOfMemory();
    }
  }
}
