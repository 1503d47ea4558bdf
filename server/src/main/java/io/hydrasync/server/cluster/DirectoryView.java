package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;
import java.util.Map;

/**
 * All that the directory says, at one revision. Immutable.
 *
 * @param revision the revision, 0 of a directory that has none
 * @param nodes those that have a key, and show that they know the cluster's; this one, too, once it
 *     has been written
 * @param sessions all sessions
 * @param strangers how many other nodes have a key and do not show that they know the cluster's:
 *     one that finds only strangers has another cluster key than they have
 */
public record DirectoryView(
    long revision,
    Map<NodeId, NodeEntry> nodes,
    Map<SessionHash, Versioned<SessionEntry>> sessions,
    int strangers) {
  /**
   * Checks what is given.
   *
   * @param revision the revision, 0 of a directory that has none
   * @param nodes those that have a key, and show that they know the cluster's; this one, too, once
   *     it has been written
   * @param sessions all sessions
   * @param strangers how many other nodes have a key and do not show that they know the cluster's:
   *     one that finds only strangers has another cluster key than they have
   * @throws IllegalArgumentException if a number is negative
   */
  public DirectoryView {
    Arguments.atLeast(revision, "a revision", 0L);
    Arguments.atLeast(strangers, "strangers", 0);
    nodes = Map.copyOf(nodes);
    sessions = Map.copyOf(sessions);
  }
}
