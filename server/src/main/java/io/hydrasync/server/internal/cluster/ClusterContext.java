package io.hydrasync.server.internal.cluster;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.server.cluster.NodeId;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * What the sessions of a node have in common: who it is, which nodes there are, and what they may
 * do together. One for a node. Thread-safe.
 */
public final class ClusterContext {
  private final NodeId self;
  private final long lingerNanos;
  private final RandomGenerator random;
  private final AtomicLong claims = new AtomicLong();
  private final ReadBudget reads = new ReadBudget();
  private final LinkSlots linkSlots = new LinkSlots();
  private volatile NodeTable nodes = new NodeTable(Map.of());

  /**
   * What sessions share.
   *
   * @param self this node
   * @param lingerNanos how long a session outlives its producer, in nanoseconds
   * @param random spreads what nodes would do at the same time; thread-safe, as {@link Random} is
   */
  public ClusterContext(NodeId self, long lingerNanos, RandomGenerator random) {
    this.self = Arguments.given(self, "a node's id");
    this.lingerNanos = Arguments.atLeast(lingerNanos, "a linger time", 0L);
    this.random = Arguments.given(random, "a source of random numbers");
  }

  /**
   * This node.
   *
   * @return its id
   */
  public NodeId self() {
    return self;
  }

  /**
   * The nodes that have a key.
   *
   * @return as they were told last
   */
  public NodeTable nodes() {
    return nodes;
  }

  void nodes(NodeTable now) {
    nodes = now;
  }

  long lingerNanos() {
    return lingerNanos;
  }

  /**
   * The number of a claim. Counted for the node, not for a session: a session may be forgotten and
   * come back while a write of its first life is still on its way.
   */
  long nextClaim() {
    return claims.incrementAndGet();
  }

  ReadBudget reads() {
    return reads;
  }

  LinkSlots linkSlots() {
    return linkSlots;
  }

  /** A time between two, by chance. */
  long between(long leastNanos, long mostNanos) {
    return leastNanos + (long) ((mostNanos - leastNanos) * random.nextDouble());
  }
}
