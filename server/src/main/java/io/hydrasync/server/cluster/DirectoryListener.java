package io.hydrasync.server.cluster;

/**
 * Told what the directory says. First, and whenever the directory is in doubt of what it has told,
 * comes a {@link #snapshot}, which stands for everything before it: the listener acts on the
 * difference. Then come changes, in the order of their revisions.
 *
 * <p>Between two snapshots no change of a session is told that is older than what has been told, or
 * has been answered to a request of this node. The newest may be told again. A change may come
 * before or after the answer to the write that made it. What came and went between two looks is
 * told in part or not at all; the last state of each session and node always is.
 *
 * <p>All methods are called by the one thread of the directory, which also completes its answers.
 * They must not block, and what they throw is logged and ignored.
 */
public interface DirectoryListener {
  /**
   * All there is. Where this node has been answered something since it was read, an entry is older
   * than the answer; revisions tell, and what is newer follows as a change.
   *
   * @param view everything at one revision
   */
  void snapshot(DirectoryView view);

  /**
   * A node has come, or says something else of itself.
   *
   * @param id which
   * @param entry what it says
   */
  void nodePut(NodeId id, NodeEntry entry);

  /**
   * A node has gone: it has closed, or its lease has run out. What it owns is orphaned.
   *
   * @param id which
   */
  void nodeGone(NodeId id);

  /**
   * A session has come, or something of it has changed. One that names this node and that it
   * neither owns nor claims is what a given-up write has left: it is to be deleted.
   *
   * @param hash which
   * @param entry what the directory says of it now
   */
  void sessionPut(SessionHash hash, Versioned<SessionEntry> entry);

  /**
   * A session has gone.
   *
   * @param hash which
   * @param revision at which it was deleted
   */
  void sessionGone(SessionHash hash, long revision);

  /**
   * This node's lease has ended: to others it has gone. A new one is being got by itself, and a
   * snapshot comes with it.
   */
  void leaseLost();

  /** This node has a lease, the first or a new one, and its key has been written with it. */
  void leaseHeld();

  /**
   * The state has changed.
   *
   * @param state how the directory is now
   */
  void state(DirectoryState state);
}
