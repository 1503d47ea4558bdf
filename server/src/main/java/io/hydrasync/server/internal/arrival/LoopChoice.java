package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.Role;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.session.Session;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;

/**
 * On which loop a connection is to be that joins a session.
 *
 * <p>A frame that a producer's loop has to hand to another one is late by what waking that takes,
 * some 15 us where its processor sleeps. So a producer and its first few consumers are brought
 * together on one loop; more of them are spread, because then the work counts, not the waking. What
 * is read here of other loops may be old by a moment, which costs a little balance at most.
 */
public final class LoopChoice {
  /** How many consumers are kept with their producer, and by how much loops may differ for it. */
  public static final int NEAR = 4;

  private LoopChoice() {}

  /** The loop for a connection that is about to join. On its present one. */
  static EventLoop of(
      Connection connection, Destinations destinations, Role role, SessionName name) {
    if (!connection.services().transports().connectionsMove()) {
      return connection.loop();
    }
    EventLoop least = leastBusy(connection, destinations.connections());
    Session session = destinations.sessions().find(name);
    if (session == null) {
      return least;
    }
    EventLoop together = session.loop();
    int near = session.consumersNear();
    boolean belongs = role == Role.PRODUCER ? near > 0 : near < NEAR;
    return belongs
            && destinations.connections().on(together) - destinations.connections().on(least)
                <= NEAR
        ? together
        : least;
  }

  /** The loop with the fewest connections; its own, unless another has two less. */
  private static EventLoop leastBusy(Connection connection, Connections connections) {
    EventLoop best = connection.loop();
    int fewest = connections.on(best) - 1; // this connection is one of them
    for (EventExecutor other : connection.loop().parent()) {
      EventLoop loop = (EventLoop) other;
      int load = connections.on(loop);
      if (load < fewest) {
        best = loop;
        fewest = load;
      }
    }
    return best;
  }
}
