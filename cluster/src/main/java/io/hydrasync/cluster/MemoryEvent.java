package io.hydrasync.cluster;

import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;

/** What has happened in a store in memory. */
sealed interface MemoryEvent {
  /** At which revision. */
  long revision();

  /** A node says something. */
  record NodePut(NodeId id, NodeEntry entry, long revision) implements MemoryEvent {}

  /** A node has gone. */
  record NodeGone(NodeId id, long revision) implements MemoryEvent {}

  /** A session was written. */
  record SessionPut(SessionHash hash, Versioned<SessionEntry> entry) implements MemoryEvent {
    @Override
    public long revision() {
      return entry.modRevision();
    }
  }

  /** A session was deleted. */
  record SessionGone(SessionHash hash, long revision) implements MemoryEvent {}
}
