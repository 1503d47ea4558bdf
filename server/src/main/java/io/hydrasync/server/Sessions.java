package io.hydrasync.server;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Control;
import java.util.Comparator;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

/**
 * The sessions of a relay by id. Thread-safe; what happens in a session is decided by the session.
 */
final class Sessions {
  private final Relay relay;
  private final ConcurrentMap<SessionId, Session> byId = new ConcurrentHashMap<>();

  Sessions(Relay relay) {
    this.relay = relay;
  }

  int count() {
    return byId.size();
  }

  void joinProducer(Connection connection, JoinStage stage, SessionId id, Control.Join join) {
    join(connection, id, session -> session.joinProducer(connection, stage, join));
  }

  void joinConsumer(Connection connection, JoinStage stage, SessionId id, Control.Join join) {
    join(connection, id, session -> session.joinConsumer(connection, stage, join));
  }

  /** A session may be forgotten between being found and being asked: then it is looked up anew. */
  private void join(Connection connection, SessionId id, Predicate<Session> step) {
    Session session =
        byId.computeIfAbsent(id, missing -> new Session(missing, relay, connection.loop()));
    session.execute(
        () ->
            connection.guarded(
                () -> {
                  if (!step.test(session)) {
                    byId.remove(id, session);
                    join(connection, id, step);
                  }
                }));
  }

  void remove(Session session) {
    byId.remove(session.id(), session);
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
        byId.values().stream()
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
    byId.values().forEach(Session::discard);
  }
}
