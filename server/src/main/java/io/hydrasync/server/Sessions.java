package io.hydrasync.server;

import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Control;
import java.util.Comparator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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

  /** Asks the other sessions, the oldest first, for memory that they only retain. */
  void shrinkRetention(Session asking) {
    byId.values().stream()
        .filter(session -> session != asking)
        .sorted(Comparator.comparingLong(Session::createdNanos))
        .forEach(session -> session.execute(session::shrinkRetention));
  }

  /** The relay stops. */
  void discardAll() {
    byId.values().forEach(Session::discard);
  }
}
