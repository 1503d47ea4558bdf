package io.hydrasync.cluster;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A directory in memory, for tests and simulations: one store, and for each node a view of it, over
 * a network that does what it is told to. In a simulation's own time everything happens in the same
 * order each time.
 *
 * <p>Thread-safe. What is changed here is changed by a task of the timeline, in the order of the
 * calls.
 */
public final class MemoryCluster implements AutoCloseable {
  /** How long a node waits for an answer. */
  public static final Duration DEADLINE = Duration.ofSeconds(1);

  /** How long a lease lives that is not renewed. */
  public static final Duration LEASE = NodeLease.TTL;

  private final Timeline timeline;
  private final Map<NodeId, MemoryDirectory> views = new LinkedHashMap<>();
  private final Map<NodeId, Versioned<NodeEntry>> nodes = new HashMap<>();
  private final Map<SessionHash, Versioned<SessionEntry>> sessions = new HashMap<>();
  private final Map<NodeId, Long> leases = new HashMap<>();
  private MemoryFaults faults = MemoryFaults.NONE;
  private boolean writable = true;
  private long revision = 1;

  /** A store in time as it passes, with a thread of its own until it is closed. */
  public MemoryCluster() {
    this(new DirectoryThread("hydra-memory-directory"));
  }

  /**
   * A store in the time of a simulation.
   *
   * @param timeline when things happen, and on which thread
   */
  public MemoryCluster(Timeline timeline) {
    this.timeline = Arguments.given(timeline, "a timeline");
  }

  /**
   * A node's view of the store. An id is used once.
   *
   * @param id whose
   * @return the view, to be started and closed
   */
  public Directory node(NodeId id) {
    return new MemoryDirectory(this, timeline, Arguments.given(id, "a node's id"));
  }

  /**
   * What happens to requests, answers and events from now on.
   *
   * @param what it is
   */
  public void faults(MemoryFaults what) {
    Arguments.given(what, "faults");
    timeline.execute(() -> faults = what);
  }

  /**
   * Whether the store takes writes; it takes deletes and renewals in any case.
   *
   * @param takes false for one that is full
   */
  public void writable(boolean takes) {
    timeline.execute(() -> writable = takes);
  }

  /**
   * Cuts a node off, or connects it again, when it gets a snapshot. Its lease runs out meanwhile.
   *
   * @param id which node
   * @param reaches whether it reaches the store
   */
  public void connected(NodeId id, boolean reaches) {
    onView(id, view -> view.connected(reaches));
  }

  /**
   * Ends a node's lease, as when the node has stood still for too long.
   *
   * @param id which node
   */
  public void expireLease(NodeId id) {
    timeline.execute(() -> expire(id));
  }

  /**
   * Has a node read everything again.
   *
   * @param id which node
   */
  public void doubt(NodeId id) {
    onView(id, MemoryDirectory::doubt);
  }

  /**
   * All that the store has, whatever nodes know of it.
   *
   * @return a copy
   */
  public synchronized DirectoryView content() {
    Map<NodeId, NodeEntry> entries = new HashMap<>();
    nodes.forEach((id, node) -> entries.put(id, node.value()));
    return new DirectoryView(revision, entries, sessions, 0);
  }

  /** Ends the thread, where it has one; views are to be closed before. */
  @Override
  public void close() {
    if (timeline instanceof DirectoryThread own) {
      own.close();
    }
  }

  private void onView(NodeId id, Consumer<MemoryDirectory> what) {
    timeline.execute(
        () -> {
          MemoryDirectory view = views.get(id);
          if (view != null) {
            what.accept(view);
          }
        });
  }

  // What follows is called by views, on the timeline's thread.

  MemoryFaults faults() {
    return faults;
  }

  void add(MemoryDirectory view) {
    views.put(view.self(), view);
  }

  /** A view is closed; one that is cut off cannot give its lease back, which runs out. */
  void left(MemoryDirectory view, boolean reaches) {
    views.remove(view.self());
    if (reaches) {
      expire(view.self());
    }
  }

  synchronized Answer<Optional<Versioned<SessionEntry>>> read(SessionHash hash) {
    return new Answer<>(Optional.ofNullable(sessions.get(hash)), revision);
  }

  synchronized Answer<WriteOutcome> write(SessionHash hash, long expected, SessionEntry entry) {
    checkWritable();
    if (!isExpected(hash, expected)) {
      return conflict(hash);
    }
    revision++;
    Versioned<SessionEntry> written = new Versioned<>(entry, revision);
    sessions.put(hash, written);
    tell(new MemoryEvent.SessionPut(hash, written));
    return new Answer<>(new WriteOutcome.Written(revision), revision);
  }

  synchronized Answer<WriteOutcome> delete(SessionHash hash, long expected) {
    if (!isExpected(hash, expected)) {
      return conflict(hash);
    }
    revision++;
    remove(hash);
    return new Answer<>(new WriteOutcome.Written(revision), revision);
  }

  synchronized Answer<Set<SessionHash>> deleteAll(Map<SessionHash, Long> expected) {
    Set<SessionHash> deleted = new HashSet<>();
    expected.forEach(
        (hash, mod) -> {
          if (isExpected(hash, mod)) {
            deleted.add(hash);
          }
        });
    if (!deleted.isEmpty()) {
      revision++;
      deleted.stream().sorted().forEach(this::remove);
    }
    return new Answer<>(deleted, revision);
  }

  private void remove(SessionHash hash) {
    sessions.remove(hash);
    tell(new MemoryEvent.SessionGone(hash, revision));
  }

  private boolean isExpected(SessionHash hash, long expected) {
    Versioned<SessionEntry> there = sessions.get(hash);
    return (there == null ? 0 : there.modRevision()) == expected;
  }

  private Answer<WriteOutcome> conflict(SessionHash hash) {
    return new Answer<>(
        new WriteOutcome.Conflict(Optional.ofNullable(sessions.get(hash))), revision);
  }

  private void checkWritable() {
    if (!writable) {
      throw new DirectoryException(
          DirectoryException.Kind.NOT_WRITABLE, "the store takes no writes");
    }
  }

  /** A new lease. */
  synchronized Answer<Boolean> grant(NodeId id) {
    checkWritable();
    leases.put(id, timeline.nanoTime());
    renewed(id);
    return new Answer<>(true, revision);
  }

  /** Renews the lease, if there is one. */
  synchronized Answer<Boolean> renew(NodeId id) {
    boolean lives = leases.containsKey(id);
    if (lives) {
      leases.put(id, timeline.nanoTime());
      renewed(id);
    }
    return new Answer<>(lives, revision);
  }

  private void renewed(NodeId id) {
    timeline.schedule(LEASE, () -> expireIfOld(id));
  }

  private synchronized void expireIfOld(NodeId id) {
    Long since = leases.get(id);
    if (since != null && timeline.nanoTime() - since >= LEASE.toNanos()) {
      expire(id);
    }
  }

  private synchronized void expire(NodeId id) {
    leases.remove(id);
    if (nodes.remove(id) != null) {
      revision++;
      tell(new MemoryEvent.NodeGone(id, revision));
    }
  }

  /** Writes a node's key, if its lease lives. */
  synchronized Answer<Boolean> put(NodeId id, NodeEntry entry) {
    checkWritable();
    if (!leases.containsKey(id)) {
      return new Answer<>(false, revision);
    }
    Versioned<NodeEntry> before = nodes.get(id);
    if (before == null || !before.value().equals(entry)) {
      revision++;
      nodes.put(id, new Versioned<>(entry, revision));
      tell(new MemoryEvent.NodePut(id, entry, revision));
    }
    return new Answer<>(true, revision);
  }

  private void tell(MemoryEvent event) {
    views.values().forEach(view -> view.happened(event));
  }

  /**
   * What the store has answered.
   *
   * @param value the answer
   * @param revision of the store
   */
  record Answer<T>(T value, long revision) {}
}
