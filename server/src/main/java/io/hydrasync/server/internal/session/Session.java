package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.crypto.Ed25519;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.LinkedSession;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.server.internal.admission.ProducerTokens;
import io.hydrasync.server.internal.cluster.SessionRole;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.delivery.ConsumerStage;
import io.hydrasync.server.internal.delivery.SessionView;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.Alarm;
import io.hydrasync.server.internal.sync.OwnerLoop;
import io.hydrasync.server.internal.sync.Registry;
import io.hydrasync.server.internal.sync.Tasks;
import io.netty.channel.EventLoop;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
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
public final class Session implements Executor {
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
  private final ProducerTokens tokens;
  private final Newcomers newcomers;
  private final SessionView view;
  private final LogRoom room;
  private final Readers readers;
  private final EpochOrder epochOrder;

  private volatile SessionLog log;
  private volatile Ed25519.@Nullable Verifier ownerKey;
  private State state = State.WAITING;
  private final @Nullable SessionCluster cluster;

  private @Nullable LogSource source;
  private final Alarm linger = new Alarm(this::schedule);

  Session(SessionName name, RelayServices services, Sessions sessions, EventLoop owner) {
    this.name = name;
    this.services = services;
    this.sessions = sessions;
    this.owner = new OwnerLoop<>(owner);
    createdNanos = services.nanoTime();
    log = newLog();
    newcomers = new Newcomers(this, services);
    readers = new Readers(this, services, sessions, newcomers, log);
    view =
        new SessionView(readers, name.isClassic(), packetBytes(), services.overflow().standard());
    room = new LogRoom(this, services, sessions);
    epochOrder =
        new EpochOrder(
            services::currentTimeMillis, services.operations().clockWarning(), this::olderStream);
    tokens = new ProducerTokens(services.random());
    cluster =
        name.isClassic()
            ? null
            : sessions.node().map(node -> new SessionCluster(this, services, node)).orElse(null);
  }

  private SessionLog newLog() {
    return new SessionLog(services.limits(), services.budget(), packetBytes());
  }

  /** Of each packet on the later classic wire; 0 on the others, where frames tell their length. */
  int packetBytes() {
    return name.packets() ? services.classic().packetBytes() : 0;
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

  /** Where its frames come from, or null. On the owner loop. */
  @Nullable LogSource source() {
    return source;
  }

  /** Its producer, if that is at this relay. On the owner loop. */
  @Nullable
  public ProducerStage producer() {
    return source instanceof ProducerStage producer ? producer : null;
  }

  /** On the owner loop. */
  private void source(@Nullable LogSource next) {
    int now = next != null && next.isProducing() ? 1 : 0;
    int before = producer() == null ? 0 : 1;
    source = next;
    services.operations().counters().produced(now - before);
  }

  /** Who has a place. On the owner loop; not to be changed. */
  public Set<ConsumerStage> consumers() {
    return readers.audience().all();
  }

  /** On the owner loop. */
  Placements placements() {
    return readers.placements();
  }

  /** Who reads the log. On the owner loop. */
  Readers readers() {
    return readers;
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
    return readers.audience().deliveredBefore();
  }

  /** Whether every consumer has taken all that has come. On the owner loop. */
  public boolean isCaughtUp() {
    return (source == null || !source.isChecking()) && readers.audience().isCaughtUp();
  }

  /** The owner loop of this moment. From any thread. */
  public EventLoop loop() {
    return owner.loop();
  }

  int audienceSize() {
    return readers.audience().size();
  }

  /** Runs a task on the owner loop. From any thread. */
  @Override
  public void execute(Runnable task) {
    owner.execute(task);
  }

  /** Runs a task on the owner loop after a delay. On the owner loop. */
  @Nullable Future<?> schedule(Runnable task, long delayNanos) {
    return Tasks.schedule(owner.loop(), () -> execute(task), delayNanos);
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
    return readers.audience().anyBeside(home);
  }

  /** Whether its producer, or some of its consumers, are on a loop. From any thread. */
  public boolean isOn(EventLoop loop) {
    return loop == owner.loop() || readers.audience().on(loop) > 0;
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
    boolean hasToken =
        tokens.accept(join.resume()) || cluster != null && cluster.knowsToken(join.resume());
    ProducerStage old = producer();
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
    byte[] token = name.isOwned() ? new byte[JoinMessage.RESUME_LENGTH] : tokens.fresh();
    if (cluster != null) {
      cluster.producerJoins(newcomer, token, hasToken);
      return true;
    }
    takeSlot(newcomer, goesOn(join, hasToken), token);
    return true;
  }

  /** Whether a producer goes on in the last epoch of the log. */
  private boolean goesOn(JoinMessage join, boolean hasToken) {
    Epoch last = log.lastEpoch();
    return join.start() == JoinMessage.START_AT
        && last != null
        && last.head.epoch() == join.id()
        && (name.isOwned() || hasToken);
  }

  /**
   * A producer is let in. On the owner loop.
   *
   * @param resumed whether it goes on in the last epoch of the log
   * @param token that it is given
   */
  void takeSlot(Newcomers.Newcomer newcomer, boolean resumed, byte[] token) {
    Connection connection = newcomer.connection();
    JoinMessage join = newcomer.join();
    LogSource old = source;
    if (old != null) {
      source(null);
      if (old instanceof ProducerStage producer) {
        producer.replaced();
      } else {
        old.letGo();
      }
      log.truncate(log.published());
    }
    boolean begins = state == State.WAITING || state == State.OVER;
    if (name.isClassic() && state == State.OVER) {
      beginAnew();
    }
    if (!name.isOwned()) {
      tokens.issued(token, join.resume());
    }
    choosePolicy(WireCodes.overflow(join.overflow()).orElseThrow());
    ProducerStage next = new ProducerStage(connection, this, log, resumed);
    if (begins) {
      services.operations().counters().sessionMade();
    }
    source(next); // the slot is taken now: others may come in front of install
    becomesLive();
    Runnable move =
        () ->
            owner.moveTo(
                connection.loop(), () -> install(connection, newcomer.stage(), next, token));
    if (cluster == null) {
      move.run();
    } else {
      // The role is in the middle of something, and the move is to be the last act.
      execute(
          () -> {
            if (!next.isReplaced()) { // else another one has the slot, on its own loop
              move.run();
            }
          });
    }
  }

  /**
   * The cluster lets a producer in. On the owner loop.
   *
   * @param adopt whether the token that it shows is another node's, and valid
   * @param floorEpoch above which its epochs are
   * @param floorStream below which its streams are not
   */
  void admit(
      Newcomers.Newcomer newcomer,
      boolean resumed,
      byte[] token,
      boolean adopt,
      long floorEpoch,
      long floorStream) {
    if (adopt) {
      tokens.adopt(newcomer.join().resume());
    }
    epochOrder.seen(floorEpoch, floorStream);
    room.keepForLinks();
    takeSlot(newcomer, resumed, token);
  }

  /** The cluster sends the producer away. On the owner loop. */
  void closeProducer(Connection connection, ErrorCode code, long retryMs, String text) {
    LogSource old = source;
    if (old instanceof ProducerStage && old.connection() == connection) {
      slotIsFree();
      old.letGo();
      connection.execute(() -> connection.fail(code, retryMs, text));
      isAway();
      lingers();
    }
  }

  /** Whether more may come: a producer has been there, and has not ended it. On the owner loop. */
  public boolean isOpen() {
    return state == State.LIVE || state == State.AWAY;
  }

  /** Whether the producer is there, here or at another node. On the owner loop. */
  boolean isLive() {
    return state == State.LIVE;
  }

  /** Whether no producer has come yet. On the owner loop. */
  boolean isWaiting() {
    return state == State.WAITING;
  }

  /** Whether other nodes may mirror it from here. On the owner loop. */
  boolean servesLinks() {
    return cluster != null && cluster.isOwner();
  }

  /** This node does not own the session any more. On the owner loop. */
  void ownsNoMore() {
    linger.clear();
    readers.closeLinks();
  }

  /** Whether it has not been forgotten. On the owner loop. */
  boolean isThere() {
    return state != State.GONE;
  }

  /** What this node is to it, where there is a cluster. On the owner loop. */
  public Optional<ClusterSeat> seat() {
    return Optional.ofNullable(cluster)
        .map(
            seat ->
                new ClusterSeat(
                    seat.part(),
                    seat.owner(),
                    seat.isLinked(),
                    readers.audience().links().size(),
                    readers.audience().size(),
                    readers.audience().behindLinks()));
  }

  /** As which it is in a cluster, or null. On the owner loop. */
  @Nullable SessionCluster cluster() {
    return cluster;
  }

  private void becomesLive() {
    linger.clear();
    view.over(false);
    if (state != State.LIVE) {
      state = State.LIVE;
      readers.audience().tell(StateMessage.LIVE);
    }
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
        && Long.compareUnsigned(join.id(), lastHeadEpoch()) < 0;
  }

  /** Of the last HEAD that is in the log, or was; 0 if none was. */
  private long lastHeadEpoch() {
    Epoch last = log.lastEpoch();
    return last == null ? epochOrder.lastEpoch() : last.head.epoch();
  }

  /**
   * A session's policy is its first producer's. A later one changes it only while nobody reads the
   * log: how a consumer reads depends on it.
   */
  private void choosePolicy(Overflow asked) {
    if (log.published() == 0 || readers.audience().isEmpty()) {
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
            cluster == null ? services.limits().maxFrame() : cluster.leastMaxFrame(),
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

  /**
   * A HEAD of an older stream has come, and has been refused. On the owner loop.
   *
   * @return whether the producer will be let in again, as it will in a cluster, where two may have
   *     written without knowing of each other
   */
  boolean olderStream(long epoch) {
    if (cluster == null) {
      return false;
    }
    execute(() -> cluster.olderStream(epoch));
    return true;
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
    if (source != gone) {
      return;
    }
    slotIsFree();
    lingers();
    if (name.isClassic() && !bye) {
      log.breakOff(); // there is no coming back, and no other way to tell
    }
    if (bye || name.isClassic()) {
      isOver();
    } else {
      isAway();
    }
    if (cluster != null) {
      cluster.producerGone(gone);
    }
    Newcomers.Newcomer next = newcomers.nextProducer();
    if (next != null) {
      next.connection().guarded(() -> joinProducer(next));
    }
  }

  /** Whoever had the slot is gone; what it has not published is lost. */
  private void slotIsFree() {
    source(null);
    room.open();
    log.truncate(log.published());
  }

  private void isOver() {
    state = State.OVER;
    view.over(true);
    readers.isOver();
  }

  private void isAway() {
    if (state != State.AWAY) {
      state = State.AWAY;
      readers.audience().tell(StateMessage.AWAY);
    }
  }

  /** The session has no producer from now on. */
  private void lingers() {
    linger.set(this::lingerEnds, services.limits().lingerNanos());
  }

  /** The session outlived its producer by the linger time. */
  private void lingerEnds() {
    if (source != null) {
      return;
    }
    if (cluster == null) {
      end();
    } else {
      cluster.lingerEnded();
    }
  }

  /** Nothing more is to happen to it. */
  private void isGone() {
    state = State.GONE;
    linger.clear();
    if (cluster != null) {
      cluster.isGone();
    }
  }

  /** The relay forgets the session. On the owner loop. */
  void end() {
    boolean ended = state == State.OVER;
    linger.clear();
    epochOrder.forget();
    tokens.forget();
    boolean anyWaits =
        !ended && readers.audience().anyWaits() || cluster != null && cluster.hasGuests();
    if (anyWaits) {
      state = State.WAITING;
      view.over(false); // where it was: those who come now wait for another producer
      beginAnew();
    } else {
      isGone();
      sessions.remove(this);
      readers.finishLog(log);
    }
  }

  /** What has been sent so far is the end; the next producer's log is another. */
  private void beginAnew() {
    SessionLog old = log;
    log = newLog();
    room.logBegins();
    readers.logIsOver(old);
  }

  /** The source waits for room: how the default policy, and GROW at its bound, act. */
  void sourcePaused() {
    Overflow acting = view.policy();
    if (acting == Overflow.BACKPRESSURE || acting == Overflow.GROW) {
      services.operations().counters().overflow(acting);
    }
  }

  /** The relay winds down: nothing more is taken from the producer. On the owner loop. */
  public void stopProducer() {
    ProducerStage producer = producer();
    if (producer != null) {
      producer.stop();
    }
  }

  /**
   * An operator ends the session. On the owner loop.
   *
   * @return false if it is gone already, or another node's
   */
  public boolean endByOperator() {
    if (state == State.GONE || cluster != null && cluster.part() == SessionRole.Part.EDGE) {
      return false; // of a mirror the owner's operator is asked
    }
    LogSource old = source;
    if (old instanceof ProducerStage) {
      slotIsFree();
      old.fail(ErrorCode.KICKED, "an operator has ended this session");
      if (cluster != null) {
        cluster.producerGone(old); // only an owner without a producer ends a session
      }
    }
    if (name.isClassic()) {
      log.breakOff();
    }
    isOver();
    if (cluster == null) {
      end();
    } else {
      cluster.lingerEnded();
    }
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
    if (cluster != null) {
      cluster.forget(gone);
    }
  }

  // ---- consumers ----

  /** On the owner loop. False if the session is gone and the caller must look it up again. */
  boolean joinConsumer(Newcomers.Newcomer newcomer) {
    if (state == State.GONE) {
      return false;
    }
    Connection connection = newcomer.connection();
    JoinMessage join = newcomer.join();
    if (join.links()) {
      readers.joinLink(newcomer);
      return true;
    }
    if (cluster != null) {
      if (readers.isFull(cluster.waitingConsumers())) {
        newcomers.consumerWaits(newcomer);
      } else {
        cluster.consumerJoins(newcomer);
      }
      return true;
    }
    boolean waits = (join.flags() & JoinMessage.FLAG_WAIT) != 0;
    if (state == State.WAITING && !waits) {
      removeIfEmpty();
      connection.execute(
          () -> connection.fail(ErrorCode.NO_SESSION, "no producer has opened this session"));
      return true;
    }
    readers.letIn(newcomer);
    return true;
  }

  // ---- as a mirror of another node ----

  /**
   * A link to the owner is there. On the owner loop, in whose place the link's comes: nothing is
   * done behind this.
   *
   * @param begun run on the link's loop once it has the slot there
   */
  void mirror(
      Connection connection, Entrance stage, LinkStage next, JoinedMessage joined, Runnable begun) {
    LinkedSession linked = Objects.requireNonNull(joined.linked());
    choosePolicy(WireCodes.overflow(linked.overflow()).orElse(Overflow.DEFAULT));
    readers.placements().liveIsFrom(linked.tailStream(), linked.tailSeq());
    source(next);
    linger.clear();
    view.over(false);
    if (state == State.WAITING || state == State.OVER) {
      state = State.AWAY; // until the link is what it should be, and says otherwise
    }
    owner.moveTo(
        connection.loop(),
        () -> {
          if (next.isReplaced()) {
            return;
          }
          if (connection.isClosing()) {
            next.neverBegins(); // nobody would tell it that the connection has gone
            return;
          }
          connection.guarded(
              () -> {
                connection.stage(next);
                try {
                  next.start();
                  begun.run();
                } finally {
                  stage.handOver(next);
                }
              });
        });
  }

  /** The link is gone, or is not wanted any more. */
  void unlink(@Nullable LinkStage gone) {
    if (gone != null && source == gone) {
      slotIsFree();
    }
  }

  /** The owner says whether its producer is there. */
  void mirroredState(boolean live) {
    if (live) {
      if (state != State.LIVE) {
        state = State.LIVE;
        readers.audience().tell(StateMessage.LIVE);
      }
    } else if (state != State.OVER) {
      isAway();
    }
  }

  /** The session is over at its owner: consumers get the rest of what is here. */
  void mirrorIsOver() {
    isOver();
  }

  /** What the mirror gets next does not follow what it has. */
  SessionLog beginMirrorAnew() {
    SessionLog old = log;
    log = newLog();
    room.logBegins();
    readers.logGoesOn(old);
    return log;
  }

  /** The log has grown. */
  void published() {
    if (cluster != null) {
      cluster.published();
    }
    readers.published();
  }

  /** There are more consumers, or fewer, here or behind links. On the owner loop. */
  void consumersChanged() {
    LogSource current = source;
    if (current != null) {
      current.consumersChanged();
    }
    if (cluster != null) {
      cluster.consumersNow(audienceSize());
    }
  }

  /** Forgets it where nobody has come and nobody waits. On the owner loop. */
  void removeIfEmpty() {
    if (readers.audience().isEmpty()
        && state == State.WAITING
        && (cluster == null || cluster.isIdle())) {
      isGone();
      sessions.remove(this);
      room.close(log);
    }
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
          isGone();
          LogSource last = source;
          if (last != null) { // its connection is gone, but not yet all that it had sent
            source(null);
            last.letGo();
          }
          room.close(log);
        });
  }
}
