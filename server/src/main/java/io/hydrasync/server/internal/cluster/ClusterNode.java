package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What concerns all sessions of a node: it is told what the directory's listener is told, hands
 * each session its entry, and looks after the entries that no session looks after.
 *
 * <ul>
 *   <li>An entry that names this node, of a session that it does not have, is what a given-up write
 *       has left. It is released: it names nobody then, and is an orphan.
 *   <li>An orphan, whose node has no key, is deleted if nobody takes it for the linger time and up
 *       to ten seconds, by chance, so that not all nodes do it at once.
 * </ul>
 *
 * <p>Confined to the directory's thread, but for {@link #entry}.
 */
public final class ClusterNode {
  private static final long MOST_LATER = TimeUnit.SECONDS.toNanos(10);
  private static final long AGAIN = TimeUnit.SECONDS.toNanos(5);

  private final ClusterContext context;
  private final NodeEffects effects;
  private final Map<SessionHash, Versioned<SessionEntry>> entries = new ConcurrentHashMap<>();
  private final Map<SessionHash, Orphan> orphans = new HashMap<>();
  private final PriorityQueue<Orphan> queue =
      new PriorityQueue<>(Comparator.comparingLong(Orphan::due));

  /** An entry whose node has no key, and when it is deleted. */
  private record Orphan(SessionHash session, NodeId owner, long modRevision, long due) {}

  /**
   * A node that knows nothing yet.
   *
   * @param context what its sessions share
   * @param effects what it has done
   */
  public ClusterNode(ClusterContext context, NodeEffects effects) {
    this.context = context;
    this.effects = effects;
  }

  /**
   * What the directory said last of a session. From any thread: a session that is made asks behind
   * the moment from which on {@link NodeEffects#changed} finds it, so that it misses nothing.
   *
   * @param session which
   * @return its entry, empty if there is none
   */
  public Optional<Versioned<SessionEntry>> entry(SessionHash session) {
    return Optional.ofNullable(entries.get(session));
  }

  /**
   * How many sessions the directory knows. From any thread.
   *
   * @return entries
   */
  public int entries() {
    return entries.size();
  }

  /**
   * All there is.
   *
   * @param view everything at one revision
   * @param nowNanos the time
   */
  public void snapshot(DirectoryView view, long nowNanos) {
    context.nodes(new NodeTable(view.nodes()));
    Set<SessionHash> absent = new HashSet<>(effects.sessions());
    absent.removeAll(view.sessions().keySet());
    entries.keySet().retainAll(view.sessions().keySet());
    orphans.keySet().retainAll(view.sessions().keySet());
    view.sessions()
        .forEach(
            (session, entry) -> {
              entries.put(session, entry);
              boolean here = effects.snapshot(session, Optional.of(entry), view.revision());
              look(session, entry, here, nowNanos);
            });
    absent.forEach(session -> effects.snapshot(session, Optional.empty(), view.revision()));
    effects.nodesChanged();
    setTimer();
  }

  /**
   * A node has come, or says something else.
   *
   * @param id which
   * @param entry what it says
   */
  public void nodePut(NodeId id, NodeEntry entry) {
    NodeTable before = context.nodes();
    if (!before.find(id).equals(Optional.of(entry))) {
      context.nodes(before.with(id, entry));
      orphans.values().removeIf(orphan -> orphan.owner().equals(id));
      effects.nodesChanged();
    }
  }

  /**
   * A node has gone.
   *
   * @param id which
   * @param nowNanos the time
   */
  public void nodeGone(NodeId id, long nowNanos) {
    context.nodes(context.nodes().without(id));
    entries.forEach(
        (session, entry) -> {
          if (entry.value().owner().equals(id)) {
            orphaned(session, entry, nowNanos);
          }
        });
    effects.nodesChanged();
    setTimer();
  }

  /**
   * A session has come or changed.
   *
   * @param session which
   * @param entry what the directory says of it
   * @param nowNanos the time
   */
  public void sessionPut(SessionHash session, Versioned<SessionEntry> entry, long nowNanos) {
    entries.put(session, entry);
    boolean here = effects.changed(session, Optional.of(entry), entry.modRevision());
    look(session, entry, here, nowNanos);
    setTimer();
  }

  /**
   * A session has gone.
   *
   * @param session which
   * @param revision at which it was deleted
   */
  public void sessionGone(SessionHash session, long revision) {
    entries.remove(session);
    orphans.remove(session);
    effects.changed(session, Optional.empty(), revision);
  }

  private void look(
      SessionHash session, Versioned<SessionEntry> entry, boolean here, long nowNanos) {
    if (!entry.value().owner().equals(context.self())) {
      orphaned(session, entry, nowNanos);
    } else if (!here) {
      effects.write(session, entry.modRevision(), ClaimRules.released(entry.value()));
    }
  }

  /** Notes an entry if it is an orphan, with the time at which it was first seen to be this one. */
  private void orphaned(SessionHash session, Versioned<SessionEntry> entry, long nowNanos) {
    NodeId owner = entry.value().owner();
    if (owner.equals(context.self()) || context.nodes().has(owner)) {
      orphans.remove(session);
      return;
    }
    Orphan before = orphans.get(session);
    if (before == null || before.modRevision() != entry.modRevision()) {
      long due = nowNanos + context.lingerNanos() + context.between(0, MOST_LATER);
      note(new Orphan(session, owner, entry.modRevision(), due));
    }
  }

  private void note(Orphan orphan) {
    orphans.put(orphan.session(), orphan);
    queue.add(orphan);
  }

  /**
   * Looks at the time.
   *
   * @param nowNanos the time
   */
  public void timer(long nowNanos) {
    Map<SessionHash, Long> batch = new HashMap<>();
    List<Orphan> again = new ArrayList<>();
    for (Orphan next = queue.peek(); isDue(next, nowNanos); next = queue.peek()) {
      queue.remove();
      if (orphans.get(next.session()) == next) {
        if (batch.size() == Directory.MAX_BATCH) {
          effects.deleteAll(batch);
          batch = new HashMap<>();
        }
        batch.put(next.session(), next.modRevision());
        again.add(next);
      }
    }
    if (!batch.isEmpty()) {
      effects.deleteAll(batch);
    }
    for (Orphan each : again) { // what is not deleted, or not told to be, is tried again
      note(new Orphan(each.session(), each.owner(), each.modRevision(), nowNanos + AGAIN));
    }
    setTimer();
  }

  private static boolean isDue(@Nullable Orphan next, long nowNanos) {
    return next != null && next.due() - nowNanos <= 0;
  }

  private void setTimer() {
    Orphan next = queue.peek();
    while (next != null && orphans.get(next.session()) != next) {
      queue.remove();
      next = queue.peek();
    }
    effects.timerAt(next == null ? Long.MAX_VALUE : next.due());
  }
}
