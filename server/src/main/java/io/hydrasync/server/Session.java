package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Head;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A session: its log, its producer and its consumers' places.
 *
 * <p>An actor. All decisions are taken on one event loop, the owner: the producer's, so that
 * appending needs no hand-over; the last producer's while there is none. Other threads use {@link
 * #execute}. A consumer's place is chosen by the owner too, so it cannot race with trimming.
 */
final class Session {
  private static final long MAX_AHEAD_MS = TimeUnit.HOURS.toMillis(24);
  private static final int STALL_STEPS = 16;

  private enum State {
    /** Consumers wait; no producer has come yet. */
    WAITING,
    LIVE,
    /** The producer's connection is gone without BYE. */
    AWAY,
    /** BYE: what is retained can still be had. */
    OVER,
    /** No longer registered; consumers may still be draining the log. */
    GONE
  }

  private final SessionId id;
  private final Relay relay;
  private final long createdNanos;
  private final Subscribers<LoopGroup> loops = new Subscribers<>();
  private final ArrayList<ConsumerStage> consumers = new ArrayList<>();
  private final ArrayList<Parked> parked = new ArrayList<>();
  private final AtomicBoolean roomWanted = new AtomicBoolean();
  private final AtomicBoolean budgetAwaited = new AtomicBoolean();
  private final RoomGate gate = new RoomGate();
  private final ProducerTokens tokens;

  private volatile EventLoop owner;
  private volatile boolean over;
  private volatile SessionLog log;
  private State state = State.WAITING;
  private @Nullable ProducerStage producer;
  private long lastEpoch;
  private long lastStream;
  private int generation;
  private boolean watchingStalls;
  private long waitingForBudgetNanos;

  /** A consumer whose position, of a stream that is held, is still to come. */
  private record Parked(ConsumerStage consumer, LoopGroup group, long stream, long seq) {}

  Session(SessionId id, Relay relay, EventLoop owner) {
    this.id = id;
    this.relay = relay;
    this.owner = owner;
    createdNanos = relay.nanoTime();
    log = new SessionLog(relay.limits(), relay.budget());
    tokens = new ProducerTokens(relay.random());
  }

  SessionId id() {
    return id;
  }

  long createdNanos() {
    return createdNanos;
  }

  /** Whether BYE has been said; consumers at the tail are done then. From any thread. */
  boolean isOver() {
    return over;
  }

  int consumerCount() {
    return consumers.size();
  }

  /** Runs a task on the owner loop, after all that were given before. From any thread. */
  void execute(Runnable task) {
    EventLoop at = owner;
    at.execute(
        () -> {
          if (owner == at) {
            task.run();
          } else {
            execute(task); // the session has moved on since
          }
        });
  }

  private void schedule(Runnable task, long delayNanos) {
    owner.schedule(() -> execute(task), delayNanos, TimeUnit.NANOSECONDS);
  }

  // ---- producer ----

  /** On the owner loop. False if the session is gone and the caller must look it up again. */
  boolean joinProducer(Connection connection, JoinStage stage, Control.Join join) {
    if (state == State.GONE) {
      return false;
    }
    boolean hasToken = tokens.accept(join.resume());
    ProducerStage old = producer;
    if (!id.isOwned() && old != null && !hasToken) {
      connection.execute(
          () -> connection.fail(ErrorCode.PRODUCER_EXISTS, "the session has a producer"));
      return true;
    }
    if (old != null) {
      producer = null;
      old.replaced();
      log.truncate(log.published());
    }
    Epoch last = log.lastEpoch();
    boolean resumed =
        join.start() == Control.START_AT
            && last != null
            && last.head.epoch() == join.id()
            && (id.isOwned() || hasToken);
    byte[] token = id.isOwned() ? new byte[Control.RESUME_LENGTH] : tokens.next(join.resume());
    ProducerStage next = new ProducerStage(connection, this, log, resumed);
    producer = next; // the slot is taken now: others may come in front of install
    generation++; // a linger that runs is void
    over = false;
    if (state != State.LIVE) {
      state = State.LIVE;
      tellState(Control.STATE_LIVE);
    }
    EventLoop target = connection.loop();
    Runnable install = () -> install(connection, stage, next, token);
    if (target == owner) {
      install.run();
    } else {
      owner = target; // the last act of the old owner: all later tasks are sent on
      target.execute(install);
    }
    return true;
  }

  private void install(Connection connection, JoinStage stage, ProducerStage next, byte[] token) {
    if (next.isReplaced()) {
      return;
    }
    if (connection.isClosing()) {
      producerLeft(next, false);
      return;
    }
    Epoch epoch = log.lastEpoch();
    boolean resumed = next.isResumed();
    Control.Joined joined =
        new Control.Joined(
            resumed ? Control.FLAG_RESUMED : 0,
            relay.limits().maxFrame(),
            lastEpoch,
            resumed && epoch != null ? epoch.next : 0,
            token,
            relay.lingerSeconds());
    connection.guarded(
        () -> {
          connection.stage(next);
          try {
            next.start(joined);
          } finally {
            stage.handOver(next);
          }
        });
  }

  /** A HEAD may follow here, or {@link ProtocolException}. */
  void checkEpoch(Head head) {
    if (head.epoch() <= lastEpoch) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an epoch that is not new");
    }
    if (head.epoch() > relay.currentTimeMillis() + MAX_AHEAD_MS) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an epoch in the future");
    }
    if (head.stream() < lastStream) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD of an older stream");
    }
    if (id.isOwned() && !head.isSignedBy(id)) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD without the owner's signature");
    }
    lastEpoch = head.epoch();
    lastStream = head.stream();
  }

  /** A relayed frame has come: the client has seen its token. */
  void producerHasSent() {
    tokens.confirm();
  }

  void producerLeft(ProducerStage gone, boolean bye) {
    execute(() -> removeProducer(gone, bye));
  }

  private void removeProducer(ProducerStage gone, boolean bye) {
    if (producer != gone) {
      return;
    }
    producer = null;
    gate.open();
    log.truncate(log.published());
    int mine = ++generation;
    if (bye) {
      state = State.OVER;
      over = true;
      wakeConsumers();
    } else {
      state = State.AWAY;
      tellState(Control.STATE_AWAY);
    }
    schedule(() -> lingerEnds(mine), relay.limits().lingerNanos());
  }

  /** The session outlived its producer by the linger time: the relay forgets it. */
  private void lingerEnds(int mine) {
    if (generation != mine || producer != null) {
      return;
    }
    SessionLog old = log;
    boolean ended = state == State.OVER;
    old.finish();
    lastEpoch = 0;
    lastStream = 0;
    tokens.forget();
    boolean anyWaits = !ended && consumers.stream().anyMatch(ConsumerStage::waits);
    if (anyWaits) {
      state = State.WAITING;
      log = new SessionLog(relay.limits(), relay.budget());
    } else {
      state = State.GONE;
      relay.sessions().remove(this);
    }
    for (Parked waiting : parked) {
      finishDrained(waiting.consumer, waiting.group);
    }
    parked.clear();
    wakeConsumers();
    closeIfUnused(old);
    watchStalls();
  }

  // ---- consumers ----

  /** On the owner loop. False if the session is gone and the caller must look it up again. */
  boolean joinConsumer(Connection connection, JoinStage stage, Control.Join join) {
    if (state == State.GONE) {
      return false;
    }
    boolean waits = (join.flags() & Control.FLAG_WAIT) != 0;
    if (state == State.WAITING && !waits) {
      removeIfEmpty();
      connection.execute(
          () -> connection.fail(ErrorCode.NO_SESSION, "no producer has opened this session"));
      return true;
    }
    LoopGroup group =
        loops.list(
            entry -> entry.loop() == connection.loop(), () -> new LoopGroup(connection.loop()));
    ConsumerStage consumer = new ConsumerStage(connection, this, log, waits);
    consumers.add(consumer);
    Placement place = placement(join.start(), join.id(), join.seq());
    consumer.placeAt(log, place.at.position());
    if (place.isToCome) {
      parked.add(new Parked(consumer, group, join.id(), join.seq()));
    }
    Control.Joined joined =
        new Control.Joined(
            producer != null ? Control.FLAG_PRODUCER_LIVE : 0,
            relay.limits().maxFrame(),
            place.stream(),
            place.seq,
            new byte[Control.RESUME_LENGTH],
            relay.lingerSeconds());
    connection.execute(
        () -> {
          if (connection.isClosing()) {
            consumer.leave();
            return;
          }
          connection.stage(consumer);
          try {
            startConsumer(consumer, group, place, joined);
          } finally {
            stage.handOver(consumer);
          }
        });
    tellConsumerCount();
    return true;
  }

  private void startConsumer(
      ConsumerStage consumer, LoopGroup group, Placement place, Control.@Nullable Joined joined) {
    if (place.isToCome) {
      consumer.startParked(joined);
    } else {
      consumer.start(
          group, place.log, place.segment, place.at.position(), joined, place.head(), place.gap);
    }
  }

  /**
   * Where a consumer begins.
   *
   * @param at the frame boundary
   * @param seq what JOINED announces
   * @param isToCome whether the place is still to come
   */
  private record Placement(
      SessionLog log,
      SessionLog.Place at,
      @Nullable Segment segment,
      long seq,
      Control.@Nullable Gap gap,
      boolean isToCome) {
    long stream() {
      Epoch epoch = at.epoch();
      return epoch == null ? 0 : epoch.head.stream();
    }

    byte @Nullable [] head() {
      Epoch epoch = at.epoch();
      return epoch == null || at.isHead() ? null : epoch.frame;
    }
  }

  private Placement placement(int start, long stream, long seq) {
    SessionLog from = log;
    if (start == Control.START_LIVE) {
      return place(from.placeAt(from.livePosition()), null);
    }
    SessionLog.Place oldest = from.placeAt(from.oldestPosition());
    if (start == Control.START_OLDEST || oldest.epoch() == null) {
      return place(oldest, null);
    }
    return new Resumption(from, oldest, stream, seq).find(this::place, this::park);
  }

  private Placement place(SessionLog.Place at, Control.@Nullable Gap gap) {
    return new Placement(log, at, segmentAt(at.position()), at.seq(), gap, false);
  }

  private Placement park(long seq) {
    SessionLog.Place tail = log.placeAt(log.published());
    return new Placement(log, tail, segmentAt(tail.position()), seq, null, true);
  }

  private @Nullable Segment segmentAt(long position) {
    return log.allocated() == 0 ? null : log.segmentOf(position);
  }

  /** The log has grown: those who wait for a position may have it now. */
  private void serveParked() {
    for (int i = parked.size() - 1; i >= 0; i--) {
      Parked waiting = parked.get(i);
      // Asked anew, as if it joined now: several epochs may have come at a time.
      Placement place =
          over
              ? place(log.placeAt(log.published()), null)
              : placement(Control.START_AT, waiting.stream, waiting.seq);
      waiting.consumer.placeAt(log, place.at.position());
      if (!place.isToCome) {
        parked.remove(i);
        waiting
            .consumer
            .connection()
            .execute(() -> startConsumer(waiting.consumer, waiting.group, place, null));
      }
    }
  }

  /** A consumer has reached the end of a finished log. */
  void drained(ConsumerStage consumer, SessionLog finished) {
    execute(
        () -> {
          LoopGroup group =
              loops.list(
                  entry -> entry.loop() == consumer.connection().loop(),
                  () -> new LoopGroup(consumer.connection().loop()));
          finishDrained(consumer, group);
          closeIfUnused(finished);
        });
  }

  private void finishDrained(ConsumerStage consumer, LoopGroup group) {
    if (!consumers.contains(consumer)) {
      return;
    }
    if (state == State.GONE || !consumer.waits()) {
      consumer.connection().execute(consumer::end);
      return;
    }
    Placement place = placement(Control.START_OLDEST, 0, 0);
    consumer.placeAt(log, place.at.position());
    consumer.connection().execute(() -> startConsumer(consumer, group, place, null));
  }

  void consumerLeft(ConsumerStage gone) {
    execute(
        () -> {
          if (consumers.remove(gone)) {
            parked.removeIf(waiting -> waiting.consumer == gone);
            tellConsumerCount();
            resumeProducer();
            closeIfUnused(gone.placedIn());
            removeIfEmpty();
          }
        });
  }

  private void removeIfEmpty() {
    if (consumers.isEmpty() && state == State.WAITING) {
      state = State.GONE;
      relay.sessions().remove(this);
      log.close();
    }
  }

  /** A finished log goes when nobody stands in it any more. */
  private void closeIfUnused(@Nullable SessionLog finished) {
    if (finished != null
        && finished.isFinished()
        && consumers.stream().noneMatch(consumer -> consumer.placedIn() == finished)) {
      finished.close();
    }
  }

  private void tellState(int value) {
    for (ConsumerStage consumer : consumers) {
      consumer.connection().execute(() -> consumer.state(value));
    }
  }

  private void tellConsumerCount() {
    ProducerStage current = producer;
    if (current != null) {
      current.consumersChanged();
    }
  }

  /** The log has grown, or the session is over. */
  void wakeConsumers() {
    if (!parked.isEmpty()) {
      serveParked();
    }
    loops.forEach(LoopGroup::wake);
  }

  // ---- room: what to do when the log is at capacity ----

  /**
   * Room for the producer's next bytes: lets go of what is beyond the retention, then of all that
   * nobody needs, and at capacity asks the overflow policy.
   *
   * @return false if the producer has to wait
   */
  boolean makeRoom() {
    long needed = slowestCursor();
    log.trim(Math.min(needed, log.published() - relay.limits().retentionBytes()));
    if (isAtCapacity()) {
      log.trim(needed);
    }
    if (isAtCapacity() && !overflow()) {
      return false;
    }
    if (log.grow()) {
      return true;
    }
    log.trim(needed);
    relay.sessions().shrinkRetention(this);
    return log.grow();
  }

  private boolean isAtCapacity() {
    return log.allocated() + log.nextSegmentSize() > relay.limits().capacityBytes();
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
    long slowest = log.published();
    for (ConsumerStage consumer : consumers) {
      if (consumer.placedIn() == log) {
        slowest = Math.min(slowest, consumer.position());
      }
    }
    return slowest;
  }

  /** Another session needs memory: what is only retained goes. On the owner loop. */
  void shrinkRetention() {
    if (state != State.GONE) {
      log.trim(slowestCursor());
    }
  }

  /** The producer has stopped reading: see to it that it hears of the next room. */
  void waitForRoom() {
    waitingForBudgetNanos = 0;
    watchStalls();
    resumeProducer();
  }

  void roomFound() {
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
      execute(
          () -> {
            roomWanted.set(false);
            resumeProducer();
          });
    }
  }

  private void resumeProducer() {
    ProducerStage waiting = producer;
    if (waiting == null || !waiting.isPaused()) {
      return;
    }
    long closedAt;
    do {
      closedAt = log.oldestSegmentEnd();
      gate.close(closedAt);
      if (!isAtCapacity()) {
        awaitBudget();
      }
      // Only now, that everybody who frees something can see that we wait.
      waiting.tryResume();
    } while (waiting.isPaused() && log.oldestSegmentEnd() != closedAt);
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

  private void watchStalls() {
    if (!watchingStalls) {
      watchingStalls = true;
      schedule(this::checkStalls, stallStep());
    }
  }

  private long stallStep() {
    return Math.min(
        TimeUnit.SECONDS.toNanos(1), Math.max(1, relay.limits().stallNanos() / STALL_STEPS));
  }

  private void checkStalls() {
    watchingStalls = false;
    ProducerStage waiting = producer;
    boolean paused = waiting != null && waiting.isPaused();
    if (!paused && consumers.stream().noneMatch(this::isDraining)) {
      return;
    }
    long inTheWay = paused ? log.oldestSegmentEnd() : 0;
    for (ConsumerStage consumer : new ArrayList<>(consumers)) {
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
    if (waitingForBudgetNanos > relay.limits().stallNanos() && slowestCursor() == log.published()) {
      waiting.outOfMemory();
    }
  }

  /** The relay stops and has no connections any more: gives the memory back. */
  void discard() {
    execute(
        () -> {
          state = State.GONE;
          log.close();
        });
  }
}
