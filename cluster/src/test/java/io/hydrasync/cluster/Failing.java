package io.hydrasync.cluster;

import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;

/** Throws whatever it is told. */
final class Failing implements DirectoryListener {
  private static IllegalStateException failure() {
    return new IllegalStateException("on purpose");
  }

  @Override
  public void snapshot(DirectoryView view) {
    throw failure();
  }

  @Override
  public void nodePut(NodeId id, NodeEntry entry) {
    throw failure();
  }

  @Override
  public void nodeGone(NodeId id) {
    throw failure();
  }

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {
    throw failure();
  }

  @Override
  public void sessionGone(SessionHash hash, long revision) {
    throw failure();
  }

  @Override
  public void leaseLost() {
    throw failure();
  }

  @Override
  public void leaseHeld() {
    throw failure();
  }

  @Override
  public void state(DirectoryState state) {
    throw failure();
  }
}
