package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.crypto.Ed25519;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.internal.admission.ProducerTokens;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.delivery.LoopGroup;
import io.hydrasync.server.internal.delivery.SessionView;
import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.OwnerLoop;
import io.hydrasync.server.internal.sync.Registry;
import io.hydrasync.server.internal.sync.Tasks;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A session: its log, its producer and its consumers' places.
 *
 * <p>An actor. All decisions are taken on one event loop, the owner: the producer's, so that
 * appending needs no hand-over; the last producer's while there is none. Other threads use {@link
 * #execute}; how the loop becomes another one without two writers at a time is {@link OwnerLoop}'s
 * matter, and how nobody joins a session that is gone the {@link Registry}'s. A consumer's place is
 * chosen by the owner too, so it cannot race with trimming.
 */
public final class Session implements Executor, SessionView.Host {
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

  private final SessionName name;
  private final RelayServices services;
  private final Sessions sessions;
  private final long createdNanos;
  private final OwnerLoop<EventLoop> owner;
  private final Audience audience = new Audience();
  private final ProducerTokens tokens;
  private final Newcomers newcomers;
  private final SessionView view;
  private final LogRoom room;
  private final Placements placements;
  private final EpochOrder epochOrder;

  private volatile SessionLog log;
  private volatile Ed25519.@Nullable Verifier ownerKey;
  private State state = State.WAITING;
  private @Nullable ProducerStage producer;
  private int generation;

  Session(SessionName name, RelayServices services, Sessions sessions, EventLoop owner) {
    this.name = name;
    this.services = services;
    this.sessions = sessions;
    this.owner = new OwnerLoop<>(owner);
    createdNanos = services.nanoTime();
    log = new SessionLog(services.limits(), services.budget());
    view = new SessionView(this, name.isClassic(), services.overflow().standard());
    placements = new Placements(log);
    room = new LogRoom(this, services, sessions);
    epochOrder = new EpochOrder(services::currentTimeMillis, services.operations().clockWarning());
    tokens = new ProducerTokens(services.random());
    newcomers = new Newcomers(this, services);
  }

  public SessionName name() {
    return name;
  }

  public long createdNanos() {
    return createdNanos;
  }

  /** What consumers' loops see of it. */
  SessionView view() {
    return view;
  }

  /** Room in the log. On the owner loop. */
  LogRoom room() {
    return room;
  }

  /** On the owner loop. */
  public SessionLog log() {
    return log;
  }

  /** On the owner loop. */
  @Nullable
  public ProducerStage producer() {
    return producer;
  }

  /** Who has a place. On the owner loop; not to be changed. */
  public Set<ConsumerStage> consumers() {
    return audience.all();
  }

  /** On the owner loop. */
  Placements placements() {
    return placements;
  }

  /** What happens when the log is at capacity. On the owner loop. */
  public Overflow policy() {
    return view.policy();
  }

  /** What it is at the moment. On the owner loop. */
  public String stateName() {
    return state.name();
  }

  /** What consumers that are gone have got. On the owner loop. */
  public long deliveredBefore() {
    return audience.deliveredBefore();
  }

  /** Whether every consumer has taken all that has come. On the owner loop. */
  public boolean isCaughtUp() {
    return (producer == null || !producer.isChecking()) && audience.isCaughtUp();
  }

  /** The owner loop of this moment. From any thread. */
  public EventLoop loop() {
    return owner.loop();
  }

  int consumerCount() {
    return audience.size();
  }

  /** Runs a task on the owner loop. From any thread. */
  @Override
  public void execute(Runnable task) {
    owner.execute(task);
  }

  /** Runs a task on the owner loop after a delay. On the owner loop. */
  void schedule(Runnable task, long delayNanos) {
    Tasks.schedule(owner.loop(), () -> execute(task), delayNanos);
  }

  /**
   * Decisions are taken on another loop from now on, to which the producer is on its way. On the
   * owner loop, whose last act for this session this is.
   */
  void follow(EventLoop next) {
    owner.moveTo(next, () -> {});
  }

  /** Whether some of its consumers are on other loops than its producer. From any thread. */
  public boolean isSpread() {
    EventLoop home = owner.loop();
    return audience.anyBeside(home);
  }

  /** Whether its producer, or some of its consumers, are on a loop. From any thread. */
  public boolean isOn(EventLoop loop) {
    return loop == owner.loop() || audience.on(loop) > 0;
  }

  // ---- producer ----

  /** On the owner loop. False if the session is gone and the caller must look it up again. */
  boolean joinProducer(Newcomers.Newcomer newcomer) {
    if (state == State.GONE) {
      return false;
    }
    Connection connection = newcomer.connection();
    JoinMessage join = newcomer.join();
    if (services.operations().phase() == Operations.Phase.CLOSING) {
      // it may be behind the task that stops the producer, and nobody would stop it
      connection.execute(() -> connection.fail(ErrorCode.SHUTDOWN, "the relay is shutting down"));
      return true;
    }
    boolean hasToken = tokens.accept(join.resume());
    ProducerStage old = producer;
    if (!name.isOwned() && old != null && !hasToken) {
      newcomers.producerWaits(newcomer);
      return true;
    }
    if (old != null && hasBeenReplaced(join)) {
      connection.execute(
          () ->
              connection.fail(
                  ErrorCode.REPLACED, "another producer has gone on with this session meanwhile"));
      return true;
    }
    if (old != null) {
      producer = null;
      old.replaced();
      log.truncate(log.published());
    }
    if (name.isClassic() && state == State.OVER) {
      beginAnew();
    }
    Epoch last = log.lastEpoch();
    boolean resumed =
        join.start() == JoinMessage.START_AT
            && last != null
            && last.head.epoch() == join.id()
            && (name.isOwned() || hasToken);
    byte[] token =
        name.isOwned() ? new byte[JoinMessage.RESUME_LENGTH] : tokens.next(join.resume());
    choosePolicy(WireCodes.overflow(join.overflow()).orElseThrow());
    ProducerStage next = new ProducerStage(connection, this, log, resumed);
    producer = next; // the slot is taken now: others may come in front of install
    generation++; // a linger that runs is void
    view.over(false);
    if (state != State.LIVE) {
      state = State.LIVE;
      audience.tell(StateMessage.LIVE);
    }
    owner.moveTo(connection.loop(), () -> install(connection, newcomer.stage(), next, token));
    return true;
  }

  /**
   * Whether a producer comes back to an owned session that another one has written to since. It
   * slept, or was cut off; if it took the slot now, the two would throw each other out in turn. A
   * new process does not come back to an epoch, so it takes the slot.
   */
  private boolean hasBeenReplaced(JoinMessage join) {
    return name.isOwned()
        && join.start() == JoinMessage.START_AT
        && join.id() != 0
        && Long.compareUnsigned(join.id(), epochOrder.lastEpoch()) < 0;
  }

  /**
   * A session's policy is its first producer's. A later one changes it only while nobody reads the
   * log: how a consumer reads depends on it.
   */
  private void choosePolicy(Overflow asked) {
    if (log.published() == 0 || audience.isEmpty()) {
      view.policy(services.overflow().resolve(asked));
    }
  }

  private void install(Connection connection, Entrance stage, ProducerStage next, byte[] token) {
    if (next.isReplaced()) {
      return;
    }
    if (connection.isClosing()) {
      producerLeft(next, false);
      return;
    }
    Epoch epoch = log.lastEpoch();
    boolean resumed = next.isResumed();
    JoinedMessage joined =
        new JoinedMessage(
            resumed ? JoinedMessage.FLAG_RESUMED : 0,
            services.limits().maxFrame(),
            epochOrder.lastEpoch(),
            resumed && epoch != null ? epoch.next : 0,
            token,
            services.lingerSeconds());
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

  /** Which HEADs may follow. On the owner loop. */
  EpochOrder epochOrder() {
    return epochOrder;
  }

  /** The key that signs the HEADs of an owned session, parsed once. From any thread. */
  Ed25519.Verifier ownerKey() {
    Ed25519.Verifier key = ownerKey;
    if (key == null) {
      key = new Ed25519.Verifier(name.id().ownerKey().orElseThrow());
      ownerKey = key;
    }
    return key;
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
    room.open();
    log.truncate(log.published());
    int mine = ++generation;
    if (name.isClassic() && !bye) {
      log.breakOff(); // there is no coming back, and no other way to tell
    }
    if (bye || name.isClassic()) {
      state = State.OVER;
      view.over(true);
      wakeConsumers();
    } else {
      state = State.AWAY;
      audience.tell(StateMessage.AWAY);
    }
    schedule(() -> lingerEnds(mine), services.limits().lingerNanos());
    Newcomers.Newcomer next = newcomers.nextProducer();
    if (next != null) {
      next.connection().guarded(() -> joinProducer(next));
    }
  }

  /** The session outlived its producer by the linger time: the relay forgets it. */
  private void lingerEnds(int mine) {
    if (generation != mine || producer != null) {
      return;
    }
    boolean ended = state == State.OVER;
    epochOrder.forget();
    tokens.forget();
    boolean anyWaits = !ended && audience.anyWaits();
    if (anyWaits) {
      state = State.WAITING;
      beginAnew();
    } else {
      state = State.GONE;
      sessions.remove(this);
      finishLog(log);
    }
  }

  /** What has been sent so far is the end; the next producer's log is another. */
  private void beginAnew() {
    SessionLog old = log;
    log = new SessionLog(services.limits(), services.budget());
    placements.log(log);
    finishLog(old);
  }

  /** Nothing more comes into a log; those who stand in it get the rest. */
  private void finishLog(SessionLog old) {
    old.finish();
    placements.takeParked().forEach(Parked.Guest::logEnds);
    wakeConsumers();
    closeIfUnused(old);
    room.watchStalls();
  }

  /** The producer waits for room: how the default policy, and GROW at its bound, act. */
  void producerPaused() {
    Overflow acting = view.policy();
    if (acting == Overflow.BACKPRESSURE || acting == Overflow.GROW) {
      services.operations().counters().overflow(acting);
    }
  }

  /** The relay winds down: nothing more is taken from the producer. On the owner loop. */
  public void stopProducer() {
    if (producer != null) {
      producer.stop();
    }
  }

  /**
   * An operator ends the session. On the owner loop.
   *
   * @return false if it is gone already
   */
  public boolean endByOperator() {
    if (state == State.GONE) {
      return false;
    }
    ProducerStage old = producer;
    if (old != null) {
      producer = null;
      room.open();
      old.endedByOperator();
      log.truncate(log.published());
    }
    if (name.isClassic()) {
      log.breakOff();
    }
    state = State.OVER;
    view.over(true);
    lingerEnds(++generation);
    for (Newcomers.Newcomer next = newcomers.nextProducer();
        next != null;
        next = newcomers.nextProducer()) {
      sessions.joinProducer(name, next); // another session
    }
    return true;
  }

  /** Somebody who has asked for a place is gone. On the owner loop. */
  void forget(Connection gone) {
    newcomers.forget(gone);
  }

  // ---- consumers ----

  /** A consumer whose position is still to come. */
  private final class Waiting implements Parked.Guest {
    private final ConsumerStage consumer;

    Waiting(ConsumerStage consumer) {
      this.consumer = consumer;
    }

    @Override
    public Cursor cursor() {
      return consumer.cursor();
    }

    @Override
    public void start(Placement place) {
      consumer.place(place, null, null);
    }

    @Override
    public void logEnds() {
      finishDrained(consumer);
    }
  }

  /** On the owner loop. False if the session is gone and the caller must look it up again. */
  boolean joinConsumer(Newcomers.Newcomer newcomer) {
    if (state == State.GONE) {
      return false;
    }
    Connection connection = newcomer.connection();
    JoinMessage join = newcomer.join();
    boolean waits = (join.flags() & JoinMessage.FLAG_WAIT) != 0;
    if (state == State.WAITING && !waits) {
      removeIfEmpty();
      connection.execute(
          () -> connection.fail(ErrorCode.NO_SESSION, "no producer has opened this session"));
      return true;
    }
    if (audience.size() >= services.admission().limits().consumersPerSession()) {
      newcomers.consumerWaits(newcomer);
      return true;
    }
    ConsumerStage consumer =
        new ConsumerStage(
            connection,
            view,
            log,
            waits && !name.isClassic(),
            WireCodes.overflow(join.overflow()).orElseThrow());
    audience.add(consumer);
    Placement place = placements.find(join.start(), join.id(), join.seq());
    if (place.isToCome()) {
      placements.park(new Waiting(consumer), join.id(), join.seq());
    } else {
      consumer.cursor().placeAt(log, place.at().position());
    }
    JoinedMessage joined =
        new JoinedMessage(
            producer != null ? JoinedMessage.FLAG_PRODUCER_LIVE : 0,
            services.limits().maxFrame(),
            place.stream(),
            place.seq(),
            new byte[JoinMessage.RESUME_LENGTH],
            services.lingerSeconds());
    consumer.place(place, joined, newcomer.stage());
    tellConsumerCount();
    return true;
  }

  @Override
  public LoopGroup group(EventLoop loop) {
    return audience.group(loop);
  }

  @Override
  public void drained(ConsumerStage consumer, SessionLog finished) {
    execute(
        () -> {
          finishDrained(consumer);
          closeIfUnused(finished);
        });
  }

  @Override
  public void roomMayHaveCome() {
    room.mayHaveCome();
  }

  private void finishDrained(ConsumerStage consumer) {
    if (!audience.contains(consumer)) {
      return;
    }
    if (state == State.GONE || !consumer.waits()) {
      consumer.connection().execute(consumer::end);
      return;
    }
    Placement place = placements.oldest();
    consumer.cursor().placeAt(log, place.at().position());
    consumer.place(place, null, null);
  }

  @Override
  public void consumerLeft(ConsumerStage gone) {
    execute(
        () -> {
          gone.cursor().tellTaken();
          if (audience.remove(gone)) {
            placements.forget(gone.cursor());
            room.keepPlace(gone.cursor());
            tellConsumerCount();
            room.resumeProducer();
            giveSeat();
          }
          closeIfUnused(gone.cursor().log());
          removeIfEmpty();
        });
  }

  /** One consumer less: somebody may have waited for that. */
  private void giveSeat() {
    Newcomers.Newcomer next = newcomers.nextConsumer();
    if (next != null) {
      sessions.joinConsumer(name, next);
    }
  }

  /** A consumer is too far behind: the log does not wait for it any more. */
  void drop(ConsumerStage consumer) {
    if (audience.remove(consumer)) {
      consumer.cursor().tellTaken();
      services.operations().counters().overflow(Overflow.DROP);
      placements.forget(consumer.cursor());
      tellConsumerCount();
      giveSeat();
      consumer
          .connection()
          .execute(
              () ->
                  consumer
                      .connection()
                      .fail(ErrorCode.TOO_SLOW, "too far behind for what the relay keeps"));
    }
  }

  /** What was spilled cannot be read: those who need it are dropped. */
  void dropSpilled() {
    for (ConsumerStage consumer : List.copyOf(audience.all())) {
      if (consumer.cursor().position() < log.start()) {
        drop(consumer);
      }
    }
  }

  private void removeIfEmpty() {
    if (audience.isEmpty() && state == State.WAITING) {
      state = State.GONE;
      sessions.remove(this);
      room.close(log);
    }
  }

  /** A finished log goes when nobody stands in it any more. */
  private void closeIfUnused(@Nullable SessionLog finished) {
    if (finished != null && finished.isFinished() && !audience.isIn(finished)) {
      room.close(finished);
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
    placements.serveParked(view.isOver());
    audience.wake();
  }

  /**
   * Another session needs memory: what is only retained goes, as much of it as is wanted. On the
   * owner loop.
   *
   * @return the bytes that were let go of
   */
  long shrinkRetention(long wanted) {
    return state == State.GONE ? 0 : room.shrinkRetention(wanted);
  }

  /** The relay stops and has no connections any more: gives the memory back. */
  void discard() {
    execute(
        () -> {
          state = State.GONE;
          ProducerStage last = producer;
          if (last != null) { // its connection is gone, but not yet all that it had sent
            producer = null;
            last.discarded();
          }
          room.close(log);
        });
  }
}
