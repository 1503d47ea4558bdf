package io.hydrasync.tests.support;

import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;

/** Is told of a directory, and does nothing. Stateless. */
public final class Deaf implements DirectoryListener {
  @Override
  public void snapshot(DirectoryView view) {}

  @Override
  public void nodePut(NodeId id, NodeEntry entry) {}

  @Override
  public void nodeGone(NodeId id) {}

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {}

  @Override
  public void sessionGone(SessionHash hash, long revision) {}

  @Override
  public void leaseLost() {}

  @Override
  public void leaseHeld() {}

  @Override
  public void state(DirectoryState state) {}
}
