package io.hydrasync.server.internal.session;

import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.internal.cluster.NodeEffects;
import io.hydrasync.server.internal.node.Node;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a node of a cluster by what the directory calls them: tells them what it says.
 * Thread-safe.
 */
public final class ClusterSessions implements NodeEffects {
  private final Node node;
  private final Runnable peersChanged;
  private final Map<SessionHash, Session> sessions = new ConcurrentHashMap<>();

  /**
   * None yet.
   *
   * @param peersChanged run when there are other nodes, or they say something else
   */
  ClusterSessions(Node node, Runnable peersChanged) {
    this.node = node;
    this.peersChanged = peersChanged;
  }

  /**
   * A session begins. Whatever the directory says from now on it is told, and what it has said so
   * far: looked at in this order, nothing falls in between.
   */
  void add(Session session) {
    if (!session.name().isClassic()) {
      SessionHash hash = SessionHash.of(session.name().id());
      sessions.put(hash, session);
      node.entry(hash).ifPresent(entry -> tell(session, told -> told.known(entry)));
    }
  }

  /** A session is gone. */
  void remove(Session session) {
    if (!session.name().isClassic()) {
      sessions.remove(SessionHash.of(session.name().id()), session);
    }
  }

  private boolean tell(SessionHash hash, Consumer<SessionCluster> news) {
    Session session = sessions.get(hash);
    if (session == null) {
      return false;
    }
    tell(session, news);
    return true;
  }

  private static void tell(Session session, Consumer<SessionCluster> news) {
    session.execute(
        () -> {
          @Nullable SessionCluster told = session.cluster();
          if (told != null && session.isThere()) {
            news.accept(told);
          }
        });
  }

  @Override
  public Collection<SessionHash> sessions() {
    return List.copyOf(sessions.keySet());
  }

  @Override
  public boolean changed(
      SessionHash session, Optional<Versioned<SessionEntry>> entry, long revision) {
    return tell(session, told -> told.changed(entry, revision));
  }

  @Override
  public boolean snapshot(
      SessionHash session, Optional<Versioned<SessionEntry>> entry, long revision) {
    return tell(session, told -> told.snapshot(entry, revision));
  }

  @Override
  public void nodesChanged() {
    sessions.values().forEach(session -> tell(session, SessionCluster::nodesChanged));
    peersChanged.run();
  }

  @Override
  public void write(SessionHash session, long expectedModRevision, SessionEntry entry) {
    node.write(session, expectedModRevision, entry);
  }

  @Override
  public void deleteAll(Map<SessionHash, Long> expectedModRevisions) {
    node.deleteAll(expectedModRevisions);
  }

  @Override
  public void timerAt(long nanos) {
    node.timerAt(nanos);
  }
}
