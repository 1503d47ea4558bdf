package io.hydrasync.server.internal.arrival;

import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.session.Session;
import io.hydrasync.server.internal.session.SessionName;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.util.function.Predicate;

/**
 * On which loop a connection is to be that joins a session: where the session is. A new session
 * begins on the loop that has the most time, and one that has been spread gets its consumers where
 * it is spread to. What becomes of it when that loop has no time any more is the balancer's to say.
 *
 * <p>A frame that a producer's loop has to hand to another one is late by what waking that takes,
 * some 15 us where its processor sleeps, and costs that processor as much again. What is read here
 * of other loops may be old by a moment, which costs a little balance at most.
 */
final class LoopChoice {
  /** Loops that differ by less are as busy as each other: then their connections count. */
  private static final double STEP = 0.1;

  private LoopChoice() {}

  /** The loop for a connection that is about to join. On its present one. */
  static EventLoop of(Connection connection, Destinations destinations, SessionName name) {
    if (!connection.services().transports().connectionsMove()) {
      return connection.loop();
    }
    Session session = destinations.sessions().find(name);
    if (session == null) {
      return leastBusy(connection, destinations, loop -> true);
    }
    return session.isSpread() ? leastBusy(connection, destinations, session::isOn) : session.loop();
  }

  /** The loop with the most time; its own, unless another is clearly less busy. */
  private static EventLoop leastBusy(
      Connection connection, Destinations destinations, Predicate<EventLoop> allowed) {
    EventLoop own = connection.loop();
    EventLoop best = own;
    double least = allowed.test(own) ? busy(destinations, own) : Double.MAX_VALUE;
    int fewest = destinations.connections().on(own) - 1; // this connection is one of them
    for (EventExecutor other : own.parent()) {
      EventLoop loop = (EventLoop) other;
      if (allowed.test(loop)) {
        double busy = busy(destinations, loop);
        int connections = destinations.connections().on(loop);
        if (busy < least || busy == least && connections < fewest) {
          best = loop;
          least = busy;
          fewest = connections;
        }
      }
    }
    return best;
  }

  private static double busy(Destinations destinations, EventLoop loop) {
    return Math.floor(destinations.loads().of(loop) / STEP);
  }
}
