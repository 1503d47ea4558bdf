package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.Registry;
import io.hydrasync.server.internal.sync.SharedRound;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a relay by wire and id. Thread-safe: the races are the {@link Registry}'s, and
 * what happens in a session is decided by the session.
 */
public final class Sessions {
  private final RelayServices services;
  private final Optional<Node> node;
  private final Optional<ClusterSessions> cluster;
  private final Registry<SessionName, Session> registry = new Registry<>();
  private final SharedRound askingAll = new SharedRound();

  /** What to run when a session is gone, so that its beginner may begin another. */
  private final Map<Session, Runnable> admitted = new ConcurrentHashMap<>();

  /**
   * No sessions yet.
   *
   * @param node of a cluster, if the relay is one
   * @param peersChanged run when clients are to be told of other nodes
   */
  public Sessions(RelayServices services, Optional<Node> node, Runnable peersChanged) {
    this.services = services;
    this.node = node;
    cluster = node.map(one -> new ClusterSessions(one, peersChanged));
  }

  /** As which the relay is in a cluster, if it is. */
  Optional<Node> node() {
    return node;
  }

  /** What the directory is to tell, if there is one. */
  public Optional<ClusterSessions> cluster() {
    return cluster;
  }

  public int count() {
    return registry.count();
  }

  /** The session of a name, which may be gone by now. */
  @Nullable
  public Session find(SessionName name) {
    return registry.find(name);
  }

  /** All of this moment. */
  public Collection<Session> all() {
    return registry.all();
  }

  public void joinProducer(SessionName name, Newcomers.Newcomer newcomer) {
    join(newcomer.connection(), name, session -> session.joinProducer(newcomer));
  }

  public void joinConsumer(SessionName name, Newcomers.Newcomer newcomer) {
    join(newcomer.connection(), name, session -> session.joinConsumer(newcomer));
  }

  /** A client that has asked to join is gone, or has been refused. */
  public void forget(SessionName name, Connection gone) {
    Session session = find(name);
    if (session != null) {
      session.execute(() -> session.forget(gone));
    }
  }

  private void join(Connection connection, SessionName name, Predicate<Session> step) {
    registry.visit(name, new Joining(this, connection, step));
  }

  /** A connection that joins a session, on its way there. */
  private record Joining(Sessions sessions, Connection connection, Predicate<Session> step)
      implements Registry.Guest<SessionName, Session> {
    @Override
    public Session begin(SessionName name) {
      Session session = new Session(name, sessions.services, sessions, connection.loop());
      sessions.admitted.put(session, connection.visitor().beginSession());
      sessions.cluster.ifPresent(cluster -> cluster.add(session));
      return session;
    }

    @Override
    public int limit() {
      return connection.visitor().mostSessions();
    }

    @Override
    public boolean visit(Session session) {
      return step.test(session);
    }

    @Override
    public void refused(Registry.Refusal why) {
      connection.execute(
          () -> {
            switch (why) {
              case FULL -> connection.fail(ErrorCode.LIMIT, "too many sessions");
              case CLOSED -> connection.fail(ErrorCode.SHUTDOWN, "the relay takes no new sessions");
            }
          });
    }

    @Override
    public void guarded(Runnable step) {
      connection.guarded(step);
    }
  }

  void remove(Session session) {
    registry.remove(session.name(), session);
    cluster.ifPresent(told -> told.remove(session));
    Runnable gone = admitted.remove(session);
    if (gone != null) {
      gone.run();
    }
  }

  /** No new sessions from now on; {@link #all()} misses none that is there. */
  public void close() {
    registry.close();
  }

  /**
   * Asks the other sessions for memory that they only retain: the oldest first, one after the
   * other, each on its own loop, and no more of them than it takes.
   *
   * <p>One round at a time, or a thousand that wait would ask a thousand each. Who comes while
   * another one asks is told what that has given; for their sake the one that asks is asked as
   * well, last.
   *
   * @param bytes how many are needed
   * @param done told how many were given, on the loop of whoever was asked last
   */
  void shrinkRetention(Session asking, long bytes, LongConsumer done) {
    askingAll.want(end -> askNext(oldestFirst(asking), bytes, 0, end), done);
  }

  private Iterator<Session> oldestFirst(Session last) {
    return all().stream()
        .sorted(
            Comparator.comparing((Session session) -> session == last)
                .thenComparingLong(Session::createdNanos))
        .iterator();
  }

  private static void askNext(
      Iterator<Session> others, long wanted, long given, LongConsumer done) {
    if (given >= wanted || !others.hasNext()) {
      done.accept(given);
      return;
    }
    Session next = others.next();
    next.execute(
        () -> {
          long more = 0;
          try {
            more = next.shrinkRetention(wanted - given);
          } finally {
            askNext(others, wanted, given + more, done); // else the one that asks waits for ever
          }
        });
  }

  /** The relay stops. */
  public void discardAll() {
    all().forEach(Session::discard);
  }
}
