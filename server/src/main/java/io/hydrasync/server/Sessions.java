package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.Control;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * The sessions of a relay by wire and id. Thread-safe; what happens in a session is decided by the
 * session.
 */
final class Sessions {
  private final Relay relay;
  private final ConcurrentMap<SessionName, Session> byName = new ConcurrentHashMap<>();

  Sessions(Relay relay) {
    this.relay = relay;
  }

  int count() {
    return byName.size();
  }

  /** All of this moment. */
  Collection<Session> all() {
    return List.copyOf(byName.values());
  }

  void joinProducer(
      Connection connection, JoiningStage stage, SessionName name, Control.Join join) {
    join(connection, name, session -> session.joinProducer(connection, stage, join));
  }

  void joinConsumer(
      Connection connection, JoiningStage stage, SessionName name, Control.Join join) {
    join(connection, name, session -> session.joinConsumer(connection, stage, join));
  }

  /** A session may be forgotten between being found and being asked: then it is looked up anew. */
  private void join(Connection connection, SessionName name, Predicate<Session> step) {
    if (!byName.containsKey(name) && !mayBegin(connection)) {
      return;
    }
    Session session =
        byName.computeIfAbsent(name, missing -> new Session(missing, relay, connection.loop()));
    session.execute(
        () ->
            connection.guarded(
                () -> {
                  if (!step.test(session)) {
                    byName.remove(name, session);
                    join(connection, name, step);
                  }
                }));
  }

  /** Whether there may be one session more; otherwise the connection is told why not. */
  private boolean mayBegin(Connection connection) {
    if (relay.operations().phase() != Operations.Phase.RUNNING) {
      connection.execute(
          () -> connection.fail(ErrorCode.SHUTDOWN, "the relay takes no new sessions"));
      return false;
    }
    if (byName.size() >= relay.admission().limits().maxSessions()) {
      connection.execute(() -> connection.fail(ErrorCode.LIMIT, "too many sessions"));
      return false;
    }
    return true;
  }

  void remove(Session session) {
    byName.remove(session.name(), session);
  }

  /**
   * Asks the other sessions for memory that they only retain: the oldest first, one after the
   * other, each on its own loop, and no more of them than it takes.
   *
   * @param bytes how many are needed
   * @param done told how many were given, on the loop of whoever was asked last
   */
  void shrinkRetention(Session asking, long bytes, LongConsumer done) {
    Iterator<Session> oldestFirst =
        byName.values().stream()
            .filter(session -> session != asking)
            .sorted(Comparator.comparingLong(Session::createdNanos))
            .iterator();
    askNext(oldestFirst, bytes, 0, done);
  }

  private static void askNext(
      Iterator<Session> others, long wanted, long given, LongConsumer done) {
    if (given >= wanted || !others.hasNext()) {
      done.accept(given);
      return;
    }
    Session next = others.next();
    next.execute(() -> askNext(others, wanted, given + next.shrinkRetention(wanted - given), done));
  }

  /** The relay stops. */
  void discardAll() {
    byName.values().forEach(Session::discard);
  }
}
