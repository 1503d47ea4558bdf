package io.hydrasync.cluster.simulation;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.internal.cluster.ClusterContext;
import io.hydrasync.server.internal.cluster.ClusterNode;
import io.hydrasync.server.internal.cluster.NodeEffects;
import io.hydrasync.server.internal.cluster.Refusal;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A relay's process: its loop, its view of the directory, and its one session. */
final class SimNode implements Conn.Host, NodeEffects, DirectoryListener {
  private static final SecretHash RELAY = SecretHash.of(new byte[] {1});

  final World world;
  final int machine;
  final NodeId id;
  final ClusterContext context;
  final ClusterNode cluster;
  final Directory directory;
  private final Deque<Runnable> standing = new ArrayDeque<>();
  SimSession session;
  boolean draining;
  boolean reachesDirectory = true;
  private boolean up = true;
  private boolean frozen;
  private boolean ready;
  private long lastPost;
  private long timers;
  private long thaws;

  SimNode(World world, int machine, NodeId id) {
    this.world = world;
    this.machine = machine;
    this.id = id;
    context = new ClusterContext(id, world.lingerNanos, world.random);
    cluster = new ClusterNode(context, this);
    directory = world.store.node(id);
    directory.publish(entry());
    directory.start(this);
  }

  private NodeEntry entry() {
    return new NodeEntry(
        World.linkAddress(machine),
        Optional.of(new RelayAddress("10.1.0." + (machine + 1), 4370)),
        "1",
        1 << 20,
        draining,
        0,
        RELAY);
  }

  void drain() {
    draining = true;
    directory.publish(entry());
    if (session != null) {
      session.drain();
    }
  }

  @Override
  public boolean isUp() {
    return up;
  }

  @Override
  public boolean isFrozen() {
    return frozen;
  }

  @Override
  public void post(Runnable what) {
    if (!up) {
      return;
    }
    if (frozen) {
      standing.add(what);
    } else {
      what.run();
    }
  }

  /** To the session's loop, in order, a little later. */
  void postLater(Runnable what) {
    lastPost = Math.max(lastPost, world.time.nanoTime() + world.random.nextInt(300_000));
    world.time.at(lastPost, () -> post(what));
  }

  void freeze() {
    frozen = true;
  }

  /** How often it has gone on after a standstill. */
  long thaws() {
    return thaws;
  }

  void thaw() {
    thaws++;
    frozen = false;
    while (!standing.isEmpty() && !frozen && up) {
      standing.remove().run();
    }
  }

  void kill() {
    up = false;
    standing.clear();
  }

  // ---- connections ----

  void received(Conn conn, Message message) {
    if (!ready || draining && isJoin(message)) {
      fail(conn, new Refusal(ErrorCode.SHUTDOWN, 1_000, "not now"));
      return;
    }
    if (message instanceof Message.Hello hello) {
      conn.greetedNanos = world.time.nanoTime();
      conn.toClient(hello);
      return;
    }
    if (isJoin(message)) {
      if (message instanceof Message.JoinLink && (session == null || !session.servesLinks())) {
        fail(conn, new Refusal(ErrorCode.NO_SESSION, 200, "not the owner"));
        return;
      }
      if (session == null) {
        session = new SimSession(this);
        session.begin();
      }
    }
    if (session != null) {
      session.received(conn, message);
    }
  }

  private static boolean isJoin(Message message) {
    return message instanceof Message.JoinProducer
        || message instanceof Message.JoinConsumer
        || message instanceof Message.JoinLink;
  }

  void fail(Conn conn, Refusal why) {
    conn.toClient(new Message.Failed(why));
    conn.serverCloses();
  }

  void connGone(Conn conn) {
    if (session != null) {
      session.connGone(conn);
    }
  }

  // ---- what the node wants ----

  @Override
  public Collection<SessionHash> sessions() {
    return session == null ? List.of() : List.of(World.SESSION);
  }

  @Override
  public boolean changed(SessionHash hash, Optional<Versioned<SessionEntry>> entry, long revision) {
    SimSession to = session;
    if (to == null) {
      return false;
    }
    postLater(() -> to.role(role -> role.changed(entry, revision, world.time.nanoTime())));
    return true;
  }

  @Override
  public boolean snapshot(
      SessionHash hash, Optional<Versioned<SessionEntry>> entry, long revision) {
    SimSession to = session;
    if (to == null) {
      return false;
    }
    postLater(() -> to.role(role -> role.snapshot(entry, revision, world.time.nanoTime())));
    return true;
  }

  @Override
  public void nodesChanged() {
    SimSession to = session;
    if (to != null) {
      postLater(() -> to.role(role -> role.nodesChanged(world.time.nanoTime())));
    }
  }

  @Override
  public void write(SessionHash hash, long expected, SessionEntry entry) {
    world.trace("%s releases %s", this, entry);
    directory.write(hash, expected, entry);
  }

  @Override
  public void deleteAll(Map<SessionHash, Long> expected) {
    world.trace("%s deletes the orphan", this);
    world.deletes();
    directory.deleteAll(expected);
  }

  @Override
  public void timerAt(long nanos) {
    long mine = ++timers;
    if (nanos != Long.MAX_VALUE) {
      world.time.at(
          nanos,
          () ->
              post(
                  () -> {
                    if (mine == timers) {
                      cluster.timer(world.time.nanoTime());
                    }
                  }));
    }
  }

  // ---- what the directory tells ----

  @Override
  public void snapshot(DirectoryView view) {
    post(
        () -> {
          ready = true;
          cluster.snapshot(view, world.time.nanoTime());
        });
  }

  @Override
  public void nodePut(NodeId node, NodeEntry entry) {
    post(() -> cluster.nodePut(node, entry));
  }

  @Override
  public void nodeGone(NodeId node) {
    post(() -> cluster.nodeGone(node, world.time.nanoTime()));
  }

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {
    post(() -> cluster.sessionPut(hash, entry, world.time.nanoTime()));
  }

  @Override
  public void sessionGone(SessionHash hash, long revision) {
    post(() -> cluster.sessionGone(hash, revision));
  }

  @Override
  public void leaseLost() {
    world.trace("%s has lost its lease", this);
  }

  @Override
  public void leaseHeld() {}

  @Override
  public void state(DirectoryState state) {}

  @Override
  public String toString() {
    return "node " + machine + "/" + id.low();
  }
}
