package io.hydrasync.server.internal.node;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.internal.admission.CredentialPolicy;
import io.hydrasync.server.internal.cluster.ClusterContext;
import io.hydrasync.server.internal.cluster.ClusterNode;
import io.hydrasync.server.internal.cluster.NodeEffects;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.link.LinkConnector;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.Alarm;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A relay as a node of a cluster: what it says of itself, and what it hears. Thread-safe; what
 * concerns all sessions is decided on one thread of its own.
 */
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /** What a link shows, and whom this node believes. */
  private record Links(Credential shown, CredentialPolicy accepted) {
    static Links of(Credential shown, Optional<Credential> alsoAccepted) {
      Map<Credential, Set<Role>> accepted = new HashMap<>();
      accepted.put(shown, Set.of(Role.CONSUMER));
      alsoAccepted.ifPresent(other -> accepted.put(other, Set.of(Role.CONSUMER)));
      return new Links(shown, new CredentialPolicy(accepted));
    }
  }

  /** For how long a node that has begun waits for the directory before it serves alone. */
  private static final long FIRST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ClusterOptions options;
  private final RelayServices services;
  private final ClusterContext context;
  private final LinkConnector connector;
  private final ScheduledThreadPoolExecutor decisions;
  private volatile Links links;
  private volatile @Nullable ClusterNode node;
  private volatile @Nullable Membership membership;
  private final Object saying = new Object();
  private volatile @Nullable NodeEntry said; // written under saying, so that nothing is undone
  private volatile @Nullable InetSocketAddress listen;
  private final Alarm timer; // by the thread of decisions
  private volatile long begunNanos;

  /** A node that has said nothing yet. */
  public Node(ClusterOptions options, RelayServices services, Connections connections) {
    this.options = options;
    this.services = services;
    links = Links.of(options.link(), options.alsoAccepted());
    context =
        new ClusterContext(
            options.directory().self(), services.limits().lingerNanos(), services.random());
    connector = new LinkConnector(services, connections);
    decisions = new ScheduledThreadPoolExecutor(1, services.fatalErrors().daemons("hydra-cluster"));
    decisions.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    decisions.setRemoveOnCancelPolicy(true);
    decisions.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // it has ended
    timer =
        new Alarm(
            (task, nanos) ->
                decisions.schedule(
                    services.fatalErrors().guard(task), nanos, TimeUnit.NANOSECONDS));
  }

  /** How it was asked to be a node. */
  public ClusterOptions options() {
    return options;
  }

  /** What this node shows where it links to another one. */
  public Credential linkCredential() {
    return links.shown();
  }

  /** Who may link to this node. */
  public CredentialPolicy linkPolicy() {
    return links.accepted();
  }

  /** Both from now on; links that are there stay. */
  public void linkCredentials(Credential shown, Optional<Credential> alsoAccepted) {
    links = Links.of(shown, alsoAccepted);
  }

  /** What its sessions have in common. */
  public ClusterContext context() {
    return context;
  }

  /** Comes to other nodes. */
  public LinkConnector connector() {
    return connector;
  }

  /** What the nodes share. */
  public Directory directory() {
    return options.directory();
  }

  /** What it hears; nothing before it has begun. */
  public Optional<Membership> membership() {
    return Optional.ofNullable(membership);
  }

  /** Where it takes links; nothing before it has begun. */
  public Optional<InetSocketAddress> listen() {
    return Optional.ofNullable(listen);
  }

  /** What the directory said last of a session. */
  public Optional<Versioned<SessionEntry>> entry(SessionHash session) {
    ClusterNode begun = node;
    return begun == null ? Optional.empty() : begun.entry(session);
  }

  /** How many sessions the directory knows. */
  public int sessions() {
    ClusterNode begun = node;
    return begun == null ? 0 : begun.entries();
  }

  /** What PEERS says: the addresses of nodes for clients, this one first. */
  public List<RelayAddress> peers() {
    NodeEntry own = said;
    return own == null ? List.of() : context.nodes().peers(context.self(), own);
  }

  /**
   * Begins: from now on other nodes hear of this one.
   *
   * @param effects does what is decided
   * @param links where it takes links, with the actual port
   * @param clients where it takes clients, with the actual port
   * @param maxFrame the longest frame that it takes
   * @param key that all nodes have
   */
  public void start(
      NodeEffects effects,
      InetSocketAddress links,
      InetSocketAddress clients,
      int maxFrame,
      RelayKey key) {
    listen = links;
    NodeEntry entry =
        new NodeEntry(
            options.advertiseLink().orElseGet(() -> RelayAddress.of(links)),
            options.advertiseClient().or(() -> bound(clients)),
            options.version(),
            maxFrame,
            false,
            0,
            SecretHash.of(key.toBytes()));
    if (entry.client().isEmpty()) {
      LOG.warn(
          "clients are taken at every address, and no other is told to them: no other node sends"
              + " clients here; say which address is theirs (--advertise)");
    }
    ClusterNode begun = new ClusterNode(context, effects);
    Membership hears = new Membership(begun, this::decide, services::nanoTime);
    begunNanos = services.nanoTime();
    node = begun;
    membership = hears;
    synchronized (saying) {
      say(entry);
    }
    directory().start(hears);
  }

  private static Optional<RelayAddress> bound(InetSocketAddress address) {
    return address.getAddress().isAnyLocalAddress()
        ? Optional.empty()
        : Optional.of(RelayAddress.of(address));
  }

  /** Behind what has been told so far; nothing once the relay stops. */
  private void decide(Runnable step) {
    decisions.execute(services.fatalErrors().guard(step));
  }

  /** {@link ClusterNode#timer} is called then, instead of when it was asked before. */
  public void timerAt(long nanos) {
    ClusterNode begun = node;
    if (nanos == Long.MAX_VALUE || begun == null || decisions.isShutdown()) {
      timer.clear();
    } else {
      timer.set(() -> begun.timer(services.nanoTime()), Math.max(0, nanos - services.nanoTime()));
    }
  }

  /** Writes an entry that no session looks after. */
  public void write(SessionHash session, long expectedModRevision, SessionEntry entry) {
    ignore(directory().write(session, expectedModRevision, entry));
  }

  /** Deletes entries that no session looks after. */
  public void deleteAll(Map<SessionHash, Long> expectedModRevisions) {
    ignore(directory().deleteAll(expectedModRevisions));
  }

  private static void ignore(CompletionStage<?> answer) {
    answer.exceptionally(
        failure -> {
          LOG.debug("the directory did not take it", failure);
          return null;
        });
  }

  /** Whether there are other nodes that stay. */
  public boolean hasOthers() {
    return context.nodes().all().entrySet().stream()
        .anyMatch(node -> !node.getKey().equals(context.self()) && !node.getValue().draining());
  }

  /** Whether another node has one of these relay keys, or there is no other node. */
  public boolean fits(RelayKeys keys) {
    List<SecretHash> others =
        context.nodes().all().entrySet().stream()
            .filter(other -> !other.getKey().equals(context.self()))
            .map(other -> other.getValue().relayKey())
            .toList();
    return others.isEmpty()
        || others.contains(SecretHash.of(keys.first().toBytes()))
        || keys.second()
            .map(key -> SecretHash.of(key.toBytes()))
            .filter(others::contains)
            .isPresent();
  }

  /** Says to other nodes that this one is on its way out. */
  public void draining() {
    say(entry -> entry.withDraining(true));
  }

  /** This node has another relay key from now on. */
  public void relayKey(RelayKey key) {
    SecretHash hash = SecretHash.of(key.toBytes());
    say(entry -> entry.withRelayKey(hash));
  }

  /** Says to other nodes where operators look at this one. */
  public void http(URI where) {
    say(entry -> entry.withHttp(where));
  }

  private void say(UnaryOperator<NodeEntry> change) {
    synchronized (saying) {
      NodeEntry entry = said;
      if (entry != null) {
        say(change.apply(entry));
      }
    }
  }

  private void say(NodeEntry entry) {
    said = entry;
    directory().publish(entry);
  }

  /** Whether it has begun and has read the directory, or has waited for that for long enough. */
  public boolean hasLooked() {
    Membership hears = membership;
    return hears != null
        && (hears.hasHeard() || services.nanoTime() - begunNanos > FIRST_LOOK_NANOS);
  }

  /** Gives its lease back and ends. Blocks for two seconds at the most. */
  @Override
  public void close() {
    decisions.shutdown();
    directory().close();
  }
}
