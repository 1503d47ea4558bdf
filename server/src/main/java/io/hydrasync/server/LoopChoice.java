package io.hydrasync.server;

import io.hydrasync.protocol.Role;
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
final class LoopChoice {
  /** How many consumers are kept with their producer, and by how much loops may differ for it. */
  static final int NEAR = 4;

  private LoopChoice() {}

  /** The loop for a connection that is about to join. On its present one. */
  static EventLoop of(Connection connection, Role role, SessionName name) {
    Relay relay = connection.relay();
    if (!relay.transports().connectionsMove()) {
      return connection.loop();
    }
    EventLoop least = leastBusy(connection);
    Session session = relay.sessions().find(name);
    if (session == null) {
      return least;
    }
    EventLoop together = session.loop();
    int near = session.consumersNear();
    boolean belongs = role == Role.PRODUCER ? near > 0 : near < NEAR;
    return belongs && load(relay, together) - load(relay, least) <= NEAR ? together : least;
  }

  /** The loop with the fewest connections; its own, unless another has two less. */
  private static EventLoop leastBusy(Connection connection) {
    Relay relay = connection.relay();
    EventLoop best = connection.loop();
    int fewest = load(relay, best) - 1; // this connection is one of them
    for (EventExecutor other : connection.loop().parent()) {
      EventLoop loop = (EventLoop) other;
      int load = load(relay, loop);
      if (load < fewest) {
        best = loop;
        fewest = load;
      }
    }
    return best;
  }

  private static int load(Relay relay, EventLoop loop) {
    return relay.connections().on(loop);
  }
}
