package io.hydrasync.server.internal.node;

import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.internal.cluster.ClusterNode;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears what the directory says and hands it to the node's decisions, one thing after the other.
 * What is for people it keeps. The directory's thread tells, any thread asks.
 */
public final class Membership implements DirectoryListener {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  private final ClusterNode node;
  private final Executor decisions;
  private final LongSupplier clock;
  private volatile int strangers;
  private volatile boolean leaseHeld;
  private volatile boolean heard;
  private volatile DirectoryState state = DirectoryState.UNKNOWN;

  /**
   * Nothing has been said yet.
   *
   * @param node told of everything but the state
   * @param decisions runs what the node is told, in order
   * @param clock the time in nanoseconds
   */
  Membership(ClusterNode node, Executor decisions, LongSupplier clock) {
    this.node = node;
    this.decisions = decisions;
    this.clock = clock;
  }

  /** How many other nodes do not show that they know the cluster's key. */
  public int strangers() {
    return strangers;
  }

  /** Whether the directory has been read. */
  boolean hasHeard() {
    return heard;
  }

  /** Whether this node has a lease. */
  public boolean isLeaseHeld() {
    return leaseHeld;
  }

  /** How the directory is. */
  public DirectoryState state() {
    return state;
  }

  @Override
  public void snapshot(DirectoryView view) {
    strangers = view.strangers();
    heard = true;
    decisions.execute(() -> node.snapshot(view, clock.getAsLong()));
  }

  @Override
  public void nodePut(NodeId id, NodeEntry entry) {
    decisions.execute(() -> node.nodePut(id, entry));
  }

  @Override
  public void nodeGone(NodeId id) {
    decisions.execute(() -> node.nodeGone(id, clock.getAsLong()));
  }

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {
    decisions.execute(() -> node.sessionPut(hash, entry, clock.getAsLong()));
  }

  @Override
  public void sessionGone(SessionHash hash, long revision) {
    decisions.execute(() -> node.sessionGone(hash, revision));
  }

  @Override
  public void leaseLost() {
    leaseHeld = false;
    LOG.warn(
        "this node's lease in the directory has ended: to other nodes it has gone, until it has a"
            + " new one");
  }

  @Override
  public void leaseHeld() {
    leaseHeld = true;
  }

  @Override
  public void state(DirectoryState now) {
    DirectoryState before = state;
    state = now;
    if (now.problem().equals(before.problem()) || before == DirectoryState.UNKNOWN) {
      return;
    }
    if (now.problem().isEmpty()) {
      LOG.info("directory: all is well");
    } else {
      LOG.warn("directory: {}", now.problem());
    }
  }
}
