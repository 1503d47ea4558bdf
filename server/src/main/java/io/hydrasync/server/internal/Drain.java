package io.hydrasync.server.internal;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.UnitText;
import io.hydrasync.server.internal.cluster.SessionRole;
import io.hydrasync.server.internal.node.Node;
import io.hydrasync.server.internal.services.Operations;
import io.hydrasync.server.internal.session.Session;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The orderly end of a relay. Consumers go before producers: a consumer that comes to the next
 * relay first waits there, while frames that a producer has sent to nobody would have to be sent
 * again. Producers are stopped before consumers are told, so that what the relay has acknowledged
 * is delivered, as far as the time allows. Consumers are told one after the other: those who know
 * another relay all go there at once.
 *
 * <p>In a cluster it is the other way round: a producer that comes to another node takes its
 * session with it, and this node mirrors that for its consumers, until they go one after the other.
 */
public final class Drain {
  private static final double MILLIS = 1e3;
  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
  private static final long LOOK_NANOS = 20_000_000;
  private static final double MOVING_SHARE = 0.4;
  private static final double CATCH_UP_SHARE = 0.6;
  private static final double TELLING_SHARE = 0.8;
  private static final double CONSUMERS_SHARE = 0.85;
  private static final long BETWEEN_CONSUMERS_NANOS = 1_000_000;
  private static final long MOST_NANOS = 1_000_000_000;

  private final Relay relay;
  private final AtomicBoolean started = new AtomicBoolean();
  private final CompletableFuture<Boolean> done = new CompletableFuture<>();

  Drain(Relay relay) {
    this.relay = relay;
  }

  /**
   * Begins, unless it has begun.
   *
   * @param close run on the drain's thread at the end: closes the relay and returns when it is
   *     closed, at most the given nanoseconds and what it takes to cut connections later
   * @return completes with false, too, if something goes wrong; never exceptionally
   */
  public CompletableFuture<Boolean> start(Duration delay, Duration bound, LongConsumer close) {
    if (!started.getAndSet(true)) {
      relay.services().operations().phase(Operations.Phase.DRAINING);
      relay.sessions().close();
      relay.node().ifPresent(Node::draining);
      Thread thread = new Thread(() -> run(delay, bound, close), "hydra-drain");
      thread.setDaemon(true);
      try {
        thread.start();
      } catch (Throwable e) {
        done.complete(false);
        throw e;
      }
    }
    return done;
  }

  private void run(Duration delay, Duration bound, LongConsumer close) {
    long end = System.nanoTime() + delay.toNanos() + bound.toNanos();
    boolean orderly = false;
    try {
      orderly = windDown(delay, bound);
    } catch (Throwable e) {
      relay.services().fatalErrors().note(e);
      LOG.error("the drain was cut short", e);
    }
    try {
      close.accept(Math.max(0, end - System.nanoTime()));
    } catch (Throwable e) {
      orderly = false;
      relay.services().fatalErrors().note(e);
      LOG.error("the relay could not be closed in order", e);
    } finally {
      done.complete(orderly);
    }
  }

  private boolean windDown(Duration delay, Duration bound) throws InterruptedException {
    LOG.info(
        "draining: no new sessions; {} to go on, then {} at most",
        UnitText.time(delay.toMillis() / MILLIS),
        UnitText.time(bound.toMillis() / MILLIS));
    relay.connections().awaitNone(delay.toNanos());
    long begin = System.nanoTime();
    relay.services().operations().phase(Operations.Phase.CLOSING);
    if (relay.node().map(Node::hasOthers).orElse(false)) {
      moveProducers(at(begin, bound, MOVING_SHARE));
    }
    relay.sessions().all().forEach(session -> session.execute(session::stopProducer));
    long catchUpEnd = at(begin, bound, CATCH_UP_SHARE);
    boolean caughtUp = await(catchUpEnd, () -> isCaughtUp(catchUpEnd));
    RelayCounters counters = relay.services().operations().counters();
    relay
        .connections()
        .shutdown(Role.CONSUMER::equals, BETWEEN_CONSUMERS_NANOS, at(begin, bound, TELLING_SHARE));
    boolean consumersGone =
        await(at(begin, bound, CONSUMERS_SHARE), () -> counters.connected(Role.CONSUMER) <= 0);
    relay.connections().shutdown(role -> true);
    relay.connections().awaitNone(at(begin, bound, 1) - System.nanoTime());
    boolean allGone = relay.connections().count() == 0;
    LOG.info(
        "drained in {}: consumers {}, {}",
        UnitText.time((System.nanoTime() - begin) / 1_000_000 / MILLIS),
        caughtUp ? "had taken everything" : "had not taken everything",
        allGone ? "all clients are gone" : "some clients are still there");
    return caughtUp && consumersGone && allGone;
  }

  /** Producers go to other nodes, and this one mirrors there what its consumers are reading. */
  private void moveProducers(long end) throws InterruptedException {
    relay.connections().shutdown(Role.PRODUCER::equals);
    boolean moved = await(end, () -> ownsNothing(end));
    LOG.info(moved ? "every session has gone to another node" : "not every session has gone");
  }

  /** Whether no session that somebody here reads is this node's; asked of those that answer. */
  private boolean ownsNothing(long end) {
    long left = Math.max(0, Math.min(MOST_NANOS, end - System.nanoTime()));
    return SessionSnapshots.ask(relay.sessions().all(), Duration.ofNanos(left), Drain::isKeptHere)
        .isEmpty();
  }

  private static @Nullable Session isKeptHere(Session session) {
    return session
        .seat()
        .filter(seat -> seat.consumers() > 0 && session.isOpen())
        .filter(seat -> seat.part() != SessionRole.Part.EDGE || !seat.linked())
        .map(seat -> session)
        .orElse(null);
  }

  private static long at(long begin, Duration bound, double share) {
    return begin + (long) (bound.toNanos() * share);
  }

  /** Whether every session says so in time; one that does not answer may have something left. */
  private boolean isCaughtUp(long end) {
    long left = Math.max(0, Math.min(MOST_NANOS, end - System.nanoTime()));
    Collection<Session> sessions = relay.sessions().all();
    return SessionSnapshots.ask(
                sessions, Duration.ofNanos(left), session -> session.isCaughtUp() ? session : null)
            .size()
        == sessions.size();
  }

  private boolean await(long end, BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      relay.connections().awaitNone(LOOK_NANOS);
      if (relay.connections().count() == 0) {
        return condition.getAsBoolean();
      }
    }
    return true;
  }
}
