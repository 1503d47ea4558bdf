package io.hydrasync.cluster;

import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes down what a listener is told, and keeps what follows from it. Thread-safe. */
final class Recorder implements DirectoryListener {
  final List<String> told = new CopyOnWriteArrayList<>();
  final List<DirectoryView> views = new CopyOnWriteArrayList<>();
  final List<DirectoryState> states = new CopyOnWriteArrayList<>();
  final Map<NodeId, NodeEntry> nodes = new ConcurrentHashMap<>();
  final Map<SessionHash, Versioned<SessionEntry>> sessions = new ConcurrentHashMap<>();
  final AtomicInteger held = new AtomicInteger();
  final AtomicInteger lost = new AtomicInteger();

  @Override
  public void snapshot(DirectoryView view) {
    nodes.clear();
    nodes.putAll(view.nodes());
    sessions.clear();
    sessions.putAll(view.sessions());
    told.add("snapshot");
    views.add(view);
  }

  @Override
  public void nodePut(NodeId id, NodeEntry entry) {
    told.add("node " + id);
    nodes.put(id, entry);
  }

  @Override
  public void nodeGone(NodeId id) {
    told.add("node gone " + id);
    nodes.remove(id);
  }

  @Override
  public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {
    told.add("session " + hash.low() + " at " + entry.modRevision());
    sessions.put(hash, entry);
  }

  @Override
  public void sessionGone(SessionHash hash, long revision) {
    told.add("session gone " + hash.low() + " at " + revision);
    sessions.remove(hash);
  }

  @Override
  public void leaseLost() {
    told.add("lost");
    lost.incrementAndGet();
  }

  @Override
  public void leaseHeld() {
    told.add("held");
    held.incrementAndGet();
  }

  @Override
  public void state(DirectoryState state) {
    states.add(state);
  }

  /** What was told of sessions since the last call. */
  List<String> sessionsTold() {
    List<String> all = new ArrayList<>(told);
    told.clear();
    return all.stream().filter(each -> each.startsWith("session")).toList();
  }
}
