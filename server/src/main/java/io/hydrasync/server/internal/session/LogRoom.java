package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.delivery.Skip;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.Segment;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.RoomGate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Room in a session's log: what is trimmed, what happens at capacity, when the producer stops
 * reading and when it goes on, and which consumers hold others up. On the session's owner loop,
 * except where a comment says otherwise.
 */
final class LogRoom {
  private static final int SPILL_AHEAD = 8;

  /** What another node needs to come back, or to hear of the session's move. */
  private static final long LINK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Session session;
  private final RelayServices services;
  private final Sessions sessions;
  private final RoomGate gate;
  private final AtomicBoolean roomWanted = new AtomicBoolean();
  private final AtomicBoolean budgetAwaited = new AtomicBoolean();
  private final AtomicBoolean epochsAwaited = new AtomicBoolean();
  private final LogSpill spill;
  private final StallWatch stalls;
  private final KeptPlaces keptPlaces;
  private final KeptPlaces linkPlaces;
  private boolean keeps;
  private long keptUntilNanos;
  private boolean askingOthers;

  LogRoom(Session session, RelayServices services, Sessions sessions) {
    this.session = session;
    gate = session.view().gate();
    this.services = services;
    this.sessions = sessions;
    spill = new LogSpill(services);
    stalls = new StallWatch(session, services, this);
    RelayLimits limits = services.limits();
    keptPlaces = new KeptPlaces(limits.segmentBytes(), limits.lingerNanos());
    linkPlaces = new KeptPlaces(limits.segmentBytes(), LINK_NANOS);
  }

  /**
   * Room for the producer's next bytes: lets go of what is beyond the retention, then of all that
   * nobody needs, and at capacity asks the overflow policy.
   *
   * @return false if the producer has to wait
   */
  boolean makeRoom() {
    SessionLog log = session.log();
    moveOwnLaggards(log);
    long needed = neededFrom();
    if (!keepsAll()) {
      trim(Math.min(needed, log.published() - services.limits().retentionBytes()));
    }
    if (isAtCapacity()) {
      trim(needed);
    }
    if (isAtCapacity() && !overflow(this::isAtCapacity)) {
      return false;
    }
    return take(log::grow, log.nextSegmentSize());
  }

  /**
   * Room for the epoch whose HEAD is next, as there is for bytes: heap, of which there is a budget
   * for all sessions and a number of epochs for each, and a segment that can go before too many are
   * in it.
   *
   * @return false if the producer has to wait
   */
  boolean makeEpochRoom() {
    SessionLog log = session.log();
    if (log.reserveEpoch(log.published())) {
      return true;
    }
    if (log.isCrowded() && !take(log::split, log.nextSegmentSize())) {
      return false;
    }
    trimEpochs(neededFrom());
    if (log.epochs().isFull() && !overflow(log.epochs()::isFull)) {
      return false;
    }
    if (take(() -> log.reserveEpoch(log.published()), Long.MAX_VALUE)) {
      return true;
    }
    // What is in front of the HEAD could all go, were it not in the same segment.
    if (slowestCursor() == log.published() && log.split()) {
      shrinkRetention(Long.MAX_VALUE);
    }
    return log.reserveEpoch(log.published());
  }

  /** Lets go of the oldest segments that nobody needs, no more of them than there must. */
  private void trimEpochs(long needed) {
    SessionLog log = session.log();
    for (Segment oldest = log.oldestPublished();
        oldest != null && oldest.end() <= needed && log.epochs().isFull();
        oldest = log.oldestPublished()) {
      if (trim(oldest.end()) == 0) {
        return;
      }
    }
  }

  /**
   * Takes memory: what is only retained goes for it if it must, that of other sessions as well.
   *
   * @param step takes it, if it is there
   * @param wanted how many bytes of the log are to go for it
   */
  private boolean take(BooleanSupplier step, long wanted) {
    if (step.getAsBoolean()) {
      return true;
    }
    shrinkRetention(wanted);
    if (step.getAsBoolean()) {
      return true;
    }
    askOthers();
    return step.getAsBoolean();
  }

  /** One round at a time; after one that freed something the producer looks again. */
  private void askOthers() {
    if (askingOthers) {
      return;
    }
    askingOthers = true;
    sessions.shrinkRetention(
        session,
        session.log().nextSegmentSize(),
        given -> session.execute(() -> othersHaveGiven(given)));
  }

  private void othersHaveGiven(long bytes) {
    askingOthers = false;
    if (bytes > 0) {
      resumeProducer();
    }
  }

  /**
   * Lets go of what is below a position: files first, so that nothing is missing between what is on
   * disk and what is in memory.
   *
   * @return the bytes of memory that the log let go of
   */
  private long trim(long needed) {
    SessionLog log = session.log();
    if (log.holdsSegmentBelow(needed)) {
      lookAtConsumers(log);
    }
    spill.trim(log, needed);
    return log.trim(needed);
  }

  /** What they have been given must be known before the log lets go of anything. */
  private void lookAtConsumers(SessionLog log) {
    boolean anyMoving = false;
    long lowest = Long.MAX_VALUE;
    for (ConsumerStage consumer : session.consumers()) {
      Cursor cursor = consumer.cursor();
      if (cursor.log() == log) {
        long taken = cursor.tellTaken();
        boolean moving = cursor.isMoving(taken);
        anyMoving |= moving;
        lowest = moving ? lowest : Math.min(lowest, taken);
      }
    }
    log.unread().looked(anyMoving, lowest);
  }

  /** What a producer is told of frames that nobody took, or null if there are none. */
  @Nullable UnreadMessage unread() {
    SessionLog log = session.log();
    if (log.unread().isOwing()) {
      lookAtConsumers(log);
    }
    return log.unread().message();
  }

  boolean isAtCapacity() {
    long bound =
        session.policy() == Overflow.GROW
            ? Math.max(services.overflow().growBytes(), services.limits().capacityBytes())
            : services.limits().capacityBytes();
    return session.log().allocated() + session.log().nextSegmentSize() > bound;
  }

  /**
   * The one place where it is decided what happens when the log is at capacity and somebody still
   * needs its oldest bytes. BACKPRESSURE, and GROW at its second bound: nothing is given up, the
   * producer waits. SPILL gives room for bytes, but not for epochs, which stay in memory.
   *
   * @param isFull whether it is still at capacity
   * @return true if there is room now
   */
  private boolean overflow(BooleanSupplier isFull) {
    return switch (session.policy()) {
      case DROP -> giveUpOldest(this::drop, isFull);
      case SKIP -> giveUpOldest(this::skipOldest, isFull);
      case SPILL -> session.log().epochs().isFull() ? giveUpUnspillable(isFull) : spillOldest();
      default -> false;
    };
  }

  /** Does something with those who need the oldest segment, and lets it go, until there is room. */
  private boolean giveUpOldest(Consumer<ConsumerStage> action, BooleanSupplier isFull) {
    while (isFull.getAsBoolean()) {
      Segment oldest = session.log().oldestPublished();
      if (oldest == null) {
        return false;
      }
      for (ConsumerStage consumer : standingBelow(oldest.end())) {
        action.accept(consumer);
      }
      trim(slowestCursor());
      if (session.log().oldestPublished() == oldest) {
        return false;
      }
    }
    return true;
  }

  private List<ConsumerStage> standingBelow(long position) {
    return session.consumers().stream()
        .filter(
            consumer ->
                consumer.cursor().log() == session.log() && consumer.cursor().position() < position)
        .toList();
  }

  private void drop(ConsumerStage consumer) {
    session.readers().drop(consumer);
  }

  private void skipOldest(ConsumerStage consumer) {
    skipTo(consumer, session.log().oldestSegmentEnd());
  }

  /**
   * Moves a consumer to the first boundary known at or behind a position. One that cannot be told
   * of a gap is disconnected instead: no loss is silent, unless the operator wants it so.
   */
  private void skipTo(ConsumerStage consumer, long position) {
    boolean untold = session.name().packets() && services.classic().isLossy();
    if (session.name().isClassic() && !untold) {
      drop(consumer);
      return;
    }
    SessionLog log = session.log();
    long target = Skip.target(log, position);
    if (target < 0) {
      drop(consumer);
    } else if (target > consumer.cursor().position()) {
      Placement place = session.placements().place(log.placeAt(target), null);
      Skip skip =
          new Skip(place, log.retain(consumer.cursor().position(), target), services.budget());
      consumer.cursor().raiseFloor(target);
      services.operations().counters().overflow(Overflow.SKIP);
      consumer.connection().execute(() -> consumer.skip(skip));
    }
  }

  /** Those who asked to be dropped or moved forward rather than let others wait for them. */
  private void moveOwnLaggards(SessionLog log) {
    long limit = Math.min(services.overflow().lagBytes(), services.limits().capacityBytes() / 2);
    for (ConsumerStage consumer : List.copyOf(session.consumers())) {
      if (consumer.cursor().ownPolicy() != Overflow.DEFAULT
          && consumer.cursor().log() == log
          && consumer.cursor().lag() > limit) {
        if (consumer.cursor().ownPolicy() == Overflow.DROP) {
          drop(consumer);
        } else {
          skipTo(consumer, log.published() - limit);
        }
      }
    }
  }

  /** Writes the oldest segments to files; a few more may stand in memory while the disk is slow. */
  private boolean spillOldest() {
    spill.start(session, this::giveUpUnspillable);
    long beyond = session.log().allocated() - services.limits().capacityBytes();
    return beyond < (long) SPILL_AHEAD * services.limits().segmentBytes();
  }

  /** The quota is used up, or the disk fails: those who need the oldest bytes are dropped. */
  private void giveUpUnspillable() {
    giveUpUnspillable(this::isAtCapacity);
    resumeProducer();
  }

  private boolean giveUpUnspillable(BooleanSupplier isFull) {
    keptPlaces.clear();
    return giveUpOldest(this::drop, isFull);
  }

  /** A segment is in a file now, or the log has been closed. */
  void spilled() {
    resumeProducer();
  }

  /**
   * A consumer has lost its connection. What it has not got stays for the linger time where that
   * costs nobody anything but disk, so that SPILL loses nothing to a broken connection.
   */
  void keepPlace(Cursor gone) {
    if (session.policy() == Overflow.SPILL && gone.log() == session.log()) {
      keptPlaces.add(gone.position(), services.nanoTime());
    }
  }

  /** A link is gone: its node needs a moment to come back. */
  void keepLinkPlace(Cursor gone) {
    if (gone.counted() > 0 && gone.log() == session.log()) {
      linkPlaces.add(gone.position(), services.nanoTime());
    }
  }

  /** The session has come to this node: others need a moment to link to it. */
  void keepForLinks() {
    keptUntilNanos = services.nanoTime() + LINK_NANOS;
    keeps = true;
  }

  /** Whether all is kept that the capacity allows. */
  private boolean keepsAll() {
    keeps = keeps && keptUntilNanos - services.nanoTime() > 0;
    return keeps;
  }

  /**
   * What is below may go when there is no room. What a socket has taken its consumer may not have
   * got yet; under SPILL, where it costs disk only, as much as the retention is kept behind the
   * slowest, too.
   */
  private long neededFrom() {
    long slowest = slowestCursor();
    return session.policy() == Overflow.SPILL
        ? slowest - services.limits().retentionBytes()
        : slowest;
  }

  /** What is below no cursor needs. */
  long slowestCursor() {
    long now = services.nanoTime();
    long slowest =
        Math.min(
            session.log().published(), Math.min(keptPlaces.lowest(now), linkPlaces.lowest(now)));
    for (ConsumerStage consumer : session.consumers()) {
      if (consumer.cursor().log() == session.log()) {
        slowest = Math.min(slowest, consumer.cursor().position());
      }
    }
    return slowest;
  }

  /** Places that are kept are none in the log that begins. */
  void logBegins() {
    keptPlaces.clear();
    linkPlaces.clear();
  }

  /** Nobody needs this log any more. */
  void close(SessionLog log) {
    if (log == session.log()) {
      logBegins();
    }
    spill.trim(log, Long.MAX_VALUE);
    log.close();
  }

  /**
   * Memory is needed, here or by another session: what is only retained goes, the oldest first, as
   * much of it as is wanted. If that is not enough, so do consumers which the log does not wait for
   * and which have begun a packet that they do not take.
   *
   * @return the bytes that were let go of; some may still be on their way into a socket
   */
  long shrinkRetention(long wanted) {
    long given = letGoOfRetention(wanted);
    return given < wanted ? given + giveUpRests(wanted - given) : given;
  }

  /** The bytes of several may be the same, so this is asked again. */
  private long giveUpRests(long wanted) {
    long given = 0;
    for (ConsumerStage consumer : session.consumers()) {
      int rest = consumer.restBytes();
      if (rest > 0 && given < wanted) {
        given += rest;
        consumer.connection().execute(consumer::giveUpRest);
      }
    }
    return given;
  }

  private long letGoOfRetention(long wanted) {
    SessionLog log = session.log();
    long slowest = slowestCursor();
    long given = 0;
    for (Segment oldest = log.oldestPublished();
        oldest != null && oldest.end() <= slowest && given < wanted;
        oldest = log.oldestPublished()) {
      long more = trim(oldest.end());
      if (more == 0) {
        return given;
      }
      given += more;
    }
    if (given < wanted && slowest == log.published()) {
      lookAtConsumers(log);
      spill.trim(log, slowest);
      given += log.trimAll();
    }
    return given;
  }

  /** The producer has stopped reading: see to it that it hears of the next room. */
  void waitForRoom() {
    stalls.dropIdleLinks(session.log().oldestSegmentEnd());
    stalls.restart();
    resumeProducer();
  }

  /** A link has as many consumers as it says now, or none. */
  void linkCounts() {
    LogSource waiting = session.source();
    if (waiting != null && waiting.isPaused()) {
      stalls.dropIdleLinks(session.log().oldestSegmentEnd());
    }
  }

  /** The producer reads again, or is gone. */
  void open() {
    gate.open();
  }

  /** A cursor has passed the gate, or there is memory. From any thread. */
  void mayHaveCome() {
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
    LogSource waiting = session.source();
    if (waiting == null || !waiting.isPaused()) {
      return;
    }
    long closedAt;
    do {
      closedAt = session.log().oldestSegmentEnd();
      gate.close(closedAt);
      if (waiting.waitsForEpoch()) {
        await(services.budget().epochs(), epochsAwaited);
      }
      if (!isAtCapacity()) {
        await(services.budget(), budgetAwaited);
      }
      // Only now, that everybody who frees something can see that we wait.
      waiting.tryResume();
    } while (waiting.isPaused() && session.log().oldestSegmentEnd() != closedAt);
  }

  /** At most one waiter of this session stands in a budget's queue. */
  private void await(MemoryBudget budget, AtomicBoolean awaited) {
    if (!awaited.getAndSet(true)) {
      budget.await(
          () -> {
            awaited.set(false);
            mayHaveCome();
          });
    }
  }

  /** Consumers that hold others up are looked for from now on. */
  void watchStalls() {
    stalls.watch();
  }
}
