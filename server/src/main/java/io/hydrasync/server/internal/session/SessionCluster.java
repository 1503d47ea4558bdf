package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import io.hydrasync.server.internal.cluster.ProducerJoin;
import io.hydrasync.server.internal.cluster.Refusal;
import io.hydrasync.server.internal.cluster.SessionEffects;
import io.hydrasync.server.internal.cluster.SessionRole;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.log.Epoch;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.Alarm;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session of a node of a cluster: asks its {@link SessionRole} what is to be done, and does it.
 * On the session's owner loop.
 */
final class SessionCluster implements SessionEffects<Connection> {
  /** After which a link that came to the wrong node may come again. */
  static final long LINK_RETRY_MS = 200;

  private static final Logger LOG = LoggerFactory.getLogger(SessionCluster.class);

  private final Session session;
  private final RelayServices services;
  private final Node node;
  private final SessionHash hash;
  private final SessionRole<Connection> role;
  private final EdgeLink edgeLink;

  /** Who has asked for a place, until it has one or has been refused. */
  private final Map<Connection, Guest> guests = new HashMap<>();

  private final Alarm timer;
  private @Nullable Epoch toldHead;

  /**
   * Who waits.
   *
   * @param token of a producer, which it will be given
   */
  private record Guest(Newcomers.Newcomer newcomer, byte[] token) {
    boolean isConsumer() {
      return newcomer.join().role() == WireCodes.of(Role.CONSUMER);
    }
  }

  /** How many of the guests are consumers. */
  private int waitingConsumers;

  SessionCluster(Session session, RelayServices services, Node node) {
    this.session = session;
    this.services = services;
    this.node = node;
    hash = SessionHash.of(session.name().id());
    timer = new Alarm(session::schedule);
    role =
        new SessionRole<>(
            node.context(), session.name().isOwned(), Optional.empty(), this, services.nanoTime());
    edgeLink = new EdgeLink(session, services, node, role, this::published);
  }

  private long now() {
    return services.nanoTime();
  }

  // ---- what the session tells and asks ----

  boolean isOwner() {
    return role.servesLinks();
  }

  SessionRole.Part part() {
    return role.part();
  }

  Optional<NodeId> owner() {
    return node.entry(hash).map(entry -> entry.value().owner());
  }

  /** Whether the session may be forgotten where it has no clients. */
  boolean isIdle() {
    return role.isIdle() && guests.isEmpty();
  }

  /** Whether somebody waits for a place. */
  boolean hasGuests() {
    return !guests.isEmpty();
  }

  int leastMaxFrame() {
    return node.context().nodes().leastMaxFrame(services.limits().maxFrame());
  }

  /** Whether another node has issued a resume token that is valid here. */
  boolean knowsToken(byte[] shown) {
    return !isNone(shown) && role.knowsToken(SecretHash.of(shown));
  }

  private static boolean isNone(byte[] token) {
    return Arrays.equals(token, new byte[JoinMessage.RESUME_LENGTH]);
  }

  void producerJoins(Newcomers.Newcomer newcomer, byte[] token, boolean hasToken) {
    JoinMessage join = newcomer.join();
    boolean owned = session.name().isOwned();
    boolean resumes = join.start() == JoinMessage.START_AT;
    guests.put(newcomer.connection(), new Guest(newcomer, token));
    newcomer.connection().execute(newcomer.stage()::waitForPlace);
    role.producerJoins(
        newcomer.connection(),
        new ProducerJoin(
            resumes,
            resumes ? join.id() : 0,
            hasToken,
            owned || isNone(join.resume())
                ? Optional.empty()
                : Optional.of(SecretHash.of(join.resume())),
            owned ? Optional.empty() : Optional.of(SecretHash.of(token))),
        newcomer.connection().securedNanos(),
        now());
  }

  void producerGone(LogSource gone) {
    role.producerGone(gone.connection(), now());
  }

  void consumerJoins(Newcomers.Newcomer newcomer) {
    JoinMessage join = newcomer.join();
    boolean hasPosition = join.start() == JoinMessage.START_AT;
    guests.put(newcomer.connection(), new Guest(newcomer, new byte[0]));
    waitingConsumers++;
    newcomer.connection().execute(newcomer.stage()::waitForPlace);
    role.consumerJoins(
        newcomer.connection(),
        hasPosition ? ByteBuffer.wrap(join.resume()).getLong() : 0,
        hasPosition ? join.id() : 0,
        (join.flags() & JoinMessage.FLAG_WAIT) != 0,
        now());
  }

  /** A client that has asked for a place is gone. */
  void forget(Connection gone) {
    Guest guest = take(gone);
    if (guest != null) {
      role.producerGone(gone, now());
      role.consumerGone(gone, now());
      session.removeIfEmpty();
      giveSeat(guest);
    }
  }

  /** How many consumers wait for a place. */
  int waitingConsumers() {
    return waitingConsumers;
  }

  private @Nullable Guest take(Connection client) {
    Guest guest = guests.remove(client);
    if (guest != null && guest.isConsumer()) {
      waitingConsumers--;
    }
    return guest;
  }

  /**
   * One that had none any more: somebody else may have waited for its place among those who wait.
   */
  private void giveSeat(Guest gone) {
    if (gone.isConsumer()) {
      session.execute(session.readers()::giveSeat);
    }
  }

  void consumersNow(int count) {
    role.consumersNow(count, now());
  }

  void lingerEnded() {
    role.lingerEnded(now());
  }

  /** The log has grown. */
  void published() {
    Epoch last = session.log().lastEpoch();
    if (last != null && last != toldHead) {
      toldHead = last;
      role.headPublished(last.head.epoch(), last.head.stream(), now());
    }
  }

  /** A HEAD has come of a stream below the last one, and has been refused. */
  void olderStream(long epoch) {
    role.olderStream(epoch, now());
  }

  // ---- what the directory tells ----

  /** What it said before this session was told of changes. */
  void known(Versioned<SessionEntry> entry) {
    role.changed(Optional.of(entry), entry.modRevision(), now());
  }

  void changed(Optional<Versioned<SessionEntry>> entry, long revision) {
    role.changed(entry, revision, now());
    session.removeIfEmpty();
  }

  void snapshot(Optional<Versioned<SessionEntry>> entry, long revision) {
    role.snapshot(entry, revision, now());
    session.removeIfEmpty();
  }

  void nodesChanged() {
    role.nodesChanged(now());
  }

  private void write(CompletionStage<WriteOutcome> answer) {
    answer(answer, outcome -> role.writeAnswered(outcome, now()));
  }

  private <A> void answer(CompletionStage<A> answer, Consumer<A> then) {
    answer.whenComplete(
        (value, failure) ->
            session.execute(
                () -> {
                  if (!session.isThere()) {
                    return;
                  }
                  if (failure == null) {
                    then.accept(value);
                  } else {
                    role.failed(kind(failure), now());
                  }
                  session.removeIfEmpty();
                }));
  }

  private static DirectoryException.Kind kind(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof DirectoryException known) {
      return known.kind();
    }
    LOG.error("the directory failed in a way of its own", cause);
    return DirectoryException.Kind.UNREACHABLE;
  }

  private Directory directory() {
    return node.directory();
  }

  @Override
  public void read() {
    answer(directory().read(hash), entry -> role.readAnswered(entry, now()));
  }

  @Override
  public void write(long expectedModRevision, SessionEntry entry) {
    write(directory().write(hash, expectedModRevision, entry));
  }

  @Override
  public void delete(long expectedModRevision) {
    write(directory().delete(hash, expectedModRevision));
  }

  // ---- what is to be done with clients ----

  @Override
  public void admit(Connection producer, boolean resumed, long floorEpoch, long floorStream) {
    Guest guest = take(producer);
    if (guest == null) {
      role.producerGone(producer, now());
      return;
    }
    byte[] shown = guest.newcomer.join().resume();
    session.admit(
        guest.newcomer,
        resumed,
        guest.token,
        !session.name().isOwned() && knowsToken(shown),
        floorEpoch,
        floorStream);
  }

  @Override
  public void refuse(Connection client, Refusal why) {
    Guest guest = take(client);
    client.execute(() -> client.fail(why.code(), retryMs(why), why.text()));
    if (guest != null) {
      giveSeat(guest);
    }
  }

  @Override
  public void tookOver() {
    services.operations().counters().tookOver();
  }

  private static long retryMs(Refusal why) {
    return why.retryMillis() == Refusal.NEVER ? ErrorMessage.NEVER : why.retryMillis();
  }

  @Override
  public void closeProducer(Connection producer, Refusal why) {
    session.closeProducer(producer, why.code(), retryMs(why), why.text());
  }

  @Override
  public void closeLinks() {
    session.ownsNoMore();
  }

  @Override
  public void admitConsumer(Connection consumer) {
    Guest guest = take(consumer);
    if (guest != null) {
      session.readers().letIn(guest.newcomer);
    }
  }

  @Override
  public void producerState(boolean live) {
    session.mirroredState(live);
  }

  @Override
  public void over() {
    session.mirrorIsOver();
  }

  @Override
  public void leaveElsewhere() {
    session.readers().leaveElsewhere();
  }

  @Override
  public void end() {
    toldHead = null;
    session.end();
  }

  @Override
  public void timerAt(long nanos) {
    if (nanos == Long.MAX_VALUE || !session.isThere()) {
      timer.clear();
    } else {
      timer.set(this::timeHasCome, Math.max(0, nanos - now()));
    }
  }

  private void timeHasCome() {
    if (session.isThere()) {
      role.timer(now());
      session.removeIfEmpty();
    }
  }

  /** The session is not there any more. */
  void isGone() {
    timer.clear();
  }

  // ---- links ----

  @Override
  public void link(NodeId owner, RelayAddress address) {
    edgeLink.make(address);
  }

  @Override
  public void unlink() {
    edgeLink.end();
  }

  /** Whether there is a link to the owner. */
  boolean isLinked() {
    return edgeLink.isUp();
  }
}
