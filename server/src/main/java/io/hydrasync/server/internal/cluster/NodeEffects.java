package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** What a {@link ClusterNode} wants done. Called on the directory's thread; must not block. */
public interface NodeEffects {
  /**
   * Which sessions this relay has, with or without a producer.
   *
   * @return a copy, or a view that may be read while it changes
   */
  Collection<SessionHash> sessions();

  /**
   * Has a session's {@link SessionRole#changed} called on its loop.
   *
   * @param session which
   * @param entry what the directory says of it now
   * @param revision of the change
   * @return false if this relay has no such session
   */
  boolean changed(SessionHash session, Optional<Versioned<SessionEntry>> entry, long revision);

  /**
   * Has a session's {@link SessionRole#snapshot} called on its loop.
   *
   * @param session which
   * @param entry what the directory says of it
   * @param revision of the snapshot
   * @return false if this relay has no such session
   */
  boolean snapshot(SessionHash session, Optional<Versioned<SessionEntry>> entry, long revision);

  /**
   * Nodes have come, gone, or say something else: {@link SessionRole#nodesChanged} of all sessions,
   * and PEERS to all clients if they have changed.
   */
  void nodesChanged();

  /**
   * Write an entry; what comes of it need not be told.
   *
   * @param session which
   * @param expectedModRevision of what it replaces
   * @param entry what to write
   */
  void write(SessionHash session, long expectedModRevision, SessionEntry entry);

  /**
   * Delete entries, each if it is still as it was; what comes of it need not be told.
   *
   * @param expectedModRevisions at most 100
   */
  void deleteAll(Map<SessionHash, Long> expectedModRevisions);

  /**
   * Call {@link ClusterNode#timer} then. The last call counts.
   *
   * @param nanos the time, {@link Long#MAX_VALUE} for not at all
   */
  void timerAt(long nanos);
}
