package io.hydrasync.server;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.internal.Relay;
import io.hydrasync.server.internal.SessionSnapshots;
import io.hydrasync.server.internal.admission.CredentialPolicy;
import io.hydrasync.server.internal.admission.RelayIdentity;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.node.Membership;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.session.Session;
import io.hydrasync.server.internal.telemetry.Attendance;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a relay tells its operator, and what the operator can do. Nothing in here has a key, a
 * ticket or a whole session id: sessions go by their log name.
 *
 * <p>Thread-safe, for any thread but the relay's own event loops; usable until the relay is closed.
 * Methods with a deadline block no longer than that.
 */
public final class RelayOperator {
  private static final String DEADLINE = "the deadline";
  private static final String NAME = "the name";

  private final Relay relay;

  RelayOperator(Relay relay) {
    this.relay = relay;
  }

  /**
   * The relay at a glance. Does not block.
   *
   * @return gauges and counters
   */
  public RelayStatus status() {
    return new RelayStatus(relay);
  }

  /**
   * The error after which this relay cannot be relied on any more. Does not block. {@link
   * HydraServer.Builder#fatalErrorHandler} tells at once.
   *
   * @return the first one, which stays, or nothing while there has been none
   */
  public Optional<Throwable> fatalError() {
    return relay.services().fatalErrors().first();
  }

  /**
   * Tells the relay of an error that was met beside it, on a thread that works for its operator: a
   * fatal one counts as the relay's own, any other is left to the caller.
   *
   * @param error what was met
   */
  public void report(Throwable error) {
    relay.services().fatalErrors().note(Arguments.given(error, "the error"));
  }

  /**
   * Whether new sessions are taken.
   *
   * @return false from the moment that a drain or a close begins, or the relay has failed; also, at
   *     a node of a cluster, from its start until it has read the directory, for five seconds at
   *     the most. A directory that cannot be reached later, or at all, changes nothing
   */
  public boolean isReady() {
    return !relay.services().fatalErrors().any()
        && relay.services().operations().phase() == Operations.Phase.RUNNING
        && relay.node().map(Node::hasLooked).orElse(true);
  }

  /**
   * Whether the event loops do their work.
   *
   * @param deadline how long to wait for them
   * @return false if one of them has not run a task by then, and at once if the relay has failed
   */
  public boolean isAlive(Duration deadline) {
    long nanos = Arguments.time(deadline, DEADLINE).toNanos();
    try {
      return !relay.services().fatalErrors().any() && relay.connections().loopsAnswer(nanos);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /**
   * All sessions, each asked on its own event loop.
   *
   * @param deadline how long to wait; sessions whose loop has not answered by then are missing
   * @return in no order
   */
  public List<SessionStatus> sessions(Duration deadline) {
    return statusOf(relay.sessions().all(), deadline);
  }

  /**
   * The sessions of a log name: none, one, or, rarely, more.
   *
   * @param name 8 hex digits
   * @param deadline how long to wait
   * @return in no order
   */
  public List<SessionStatus> sessions(String name, Duration deadline) {
    return statusOf(named(Arguments.given(name, NAME)), deadline);
  }

  private List<SessionStatus> statusOf(Collection<Session> sessions, Duration deadline) {
    return SessionSnapshots.ask(
        sessions,
        Arguments.time(deadline, DEADLINE),
        session -> new SessionStatus(session, relay.services().nanoTime()));
  }

  private List<Session> named(String name) {
    return relay.sessions().all().stream()
        .filter(session -> session.name().logName().equals(name))
        .toList();
  }

  /**
   * Who has joined the session of a relay that is for one only, in the order in which they came,
   * also those that are gone; of more than 10,000 the first that are gone are left out. A consumer
   * that comes back is another one here. Does not block.
   *
   * @return empty where {@link HydraServer.Builder#onlySession} was not called
   */
  public List<ConsumerStatus> consumers() {
    Attendance attendance = relay.services().operations().attendance();
    long now = System.nanoTime();
    return attendance == null
        ? List.of()
        : attendance.all().stream().map(visit -> new ConsumerStatus(visit, now)).toList();
  }

  /**
   * The cluster as this node sees it.
   *
   * @param deadline how long to wait for the loops of sessions; who does not answer is missing
   * @return nothing for a relay alone
   */
  public Optional<ClusterStatus> cluster(Duration deadline) {
    Duration most = Arguments.time(deadline, DEADLINE);
    return relay
        .node()
        .map(
            node -> {
              Membership membership = node.membership().orElseThrow();
              return new ClusterStatus(
                  node.context().self(),
                  node.listen().orElseThrow(),
                  membership.isLeaseHeld(),
                  node.directory().leaseLeft(),
                  membership.state(),
                  node.context().nodes().all(),
                  membership.strangers(),
                  node.sessions(),
                  SessionSnapshots.ask(relay.sessions().all(), most, ClusterStatus::seat));
            });
  }

  /**
   * Tells the other nodes of a cluster where this one's operators find its dashboard.
   *
   * @param http as in {@link NodeEntry#http()}
   * @throws IllegalStateException if the relay is no node of a cluster
   * @throws IllegalArgumentException if it is not such a URI
   */
  public void advertiseHttp(URI http) {
    URI checked = NodeEntry.checkedHttp(Arguments.given(http, "the URI"));
    relay
        .node()
        .orElseThrow(() -> new IllegalStateException("this relay is no node of a cluster"))
        .http(checked);
  }

  /**
   * Closes a client's connection with ERROR KICKED; it does not come back by itself.
   *
   * @param connectionId from a {@link ConnectionStatus}
   * @return false if there is no such connection
   */
  public boolean kick(long connectionId) {
    Optional<Connection> found = relay.connections().find(connectionId);
    found.ifPresent(
        connection ->
            connection.execute(
                () -> connection.fail(ErrorCode.KICKED, "an operator has closed this connection")));
    return found.isPresent();
  }

  /**
   * Ends sessions: the producer gets ERROR KICKED, consumers get what they have not taken and then
   * the end of the session, without the producer's own END; the sessions are forgotten.
   *
   * @param name 8 hex digits
   * @param deadline how long to wait for their loops
   * @return how many were ended
   */
  public int endSession(String name, Duration deadline) {
    return SessionSnapshots.ask(
            named(Arguments.given(name, NAME)),
            Arguments.time(deadline, DEADLINE),
            session -> session.endByOperator() ? session : null)
        .size();
  }

  /**
   * What is admitted at the moment.
   *
   * @return the limits
   */
  public AdmissionLimits admission() {
    return new AdmissionLimits(relay.services().admission().limits());
  }

  /**
   * Changes what is admitted from now on. Who is connected stays.
   *
   * @param limits the new limits
   */
  public void admission(AdmissionLimits limits) {
    relay.services().admission().limits(Arguments.given(limits, "the limits").rules());
  }

  /**
   * Changes the token of observers of the Rust crate from now on. Who observes goes on.
   *
   * @param token 64 bytes, copied; nothing for no more observers
   */
  public void classicObserver(Optional<byte[]> token) {
    relay
        .services()
        .classic()
        .observer(
            Arguments.given(token, "the token")
                .map(HydraServer.Builder::observerToken)
                .orElse(null));
  }

  /**
   * Changes the relay's key from now on. Who is connected stays, and hears which key he has not
   * been shown; who trusted on first use, or was given one key, follows where he has heard of the
   * new one before ({@link HydraServer.Builder#keyFileAlso}). The same key with another one beside
   * it changes only what clients are told.
   *
   * @param keyFile the relay's private key
   * @param also the other key while keys are being changed, of which the public half is used
   * @throws UncheckedIOException if a file cannot be read; nothing has changed then
   * @throws IllegalArgumentException if one does not hold a key, others may read it, or they hold
   *     the same key, or this is a node of a cluster and none of the others has one of them;
   *     nothing has changed then
   */
  public void relayKey(Path keyFile, Optional<Path> also) {
    Arguments.given(keyFile, "the key file");
    RelayIdentity next = RelayIdentity.read(keyFile, Arguments.given(also, "the other key file"));
    if (relay.node().map(node -> !node.fits(next.keys())).orElse(false)) {
      next.destroy();
      throw new IllegalArgumentException(
          "none of the other relays of this cluster has the relay key in "
              + keyFile
              + also.map(file -> " or " + file).orElse("")
              + "; all need the same");
    }
    relay.identity(next);
  }

  /**
   * Changes what this node of a cluster shows where it links to another one, and whom it believes.
   * Links that are there stay.
   *
   * @param shown by this node, and believed
   * @param alsoAccepted a second one that it accepts from others, while the key of a cluster
   *     changes
   * @throws IllegalStateException if this is a relay alone
   */
  public void linkCredentials(Credential shown, Optional<Credential> alsoAccepted) {
    Arguments.given(shown, "the credential of links");
    Arguments.given(alsoAccepted, "the second credential of links");
    relay
        .node()
        .orElseThrow(() -> new IllegalStateException("this relay is no node of a cluster"))
        .linkCredentials(shown, alsoAccepted);
  }

  /**
   * Changes who may join from now on. Who is connected stays.
   *
   * @param credentials all that are valid, each with the roles that it allows
   */
  public void credentials(Map<Credential, Set<Role>> credentials) {
    relay
        .services()
        .credentials(new CredentialPolicy(Arguments.given(credentials, "the credentials")));
  }
}
