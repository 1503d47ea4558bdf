package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Entrance;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.sync.BriefWait;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who comes to a session in which somebody has the place that they need: the producer's, or the
 * last of the consumers'. That may be their own old connection, whose end has not been read yet: a
 * client that comes back at once may be on another loop, and faster than its FIN. So the first few
 * wait for a moment, and are refused then.
 *
 * <p>On the session's owner loop. Nobody else waits for them: a place that is given back is given
 * to the first, one timer for all looks at the time, and who goes away is forgotten.
 */
public final class Newcomers {
  /** Long beside what a loop may take until it reads a FIN, short beside a person's patience. */
  public static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Of each kind at a time. */
  static final int MOST = 8;

  private final Session session;
  private final RelayServices services;
  private final BriefWait<Newcomer> producers = new BriefWait<>(MOST);
  private final BriefWait<Newcomer> consumers = new BriefWait<>(MOST);
  private boolean looking;

  /**
   * Somebody who joins.
   *
   * @param untilNanos when it is refused where there is no place
   */
  public record Newcomer(Connection connection, Entrance stage, JoinMessage join, long untilNanos) {
    void refuse(ErrorCode code, String text) {
      connection.execute(() -> connection.fail(code, text));
    }
  }

  Newcomers(Session session, RelayServices services) {
    this.session = session;
    this.services = services;
  }

  /** The session has a producer. */
  void producerWaits(Newcomer newcomer) {
    waits(producers, newcomer, Newcomers::refuseProducer);
  }

  private static void refuseProducer(Newcomer newcomer) {
    newcomer.refuse(ErrorCode.PRODUCER_EXISTS, "the session has a producer");
  }

  /** The session has as many consumers as it may have. */
  void consumerWaits(Newcomer newcomer) {
    waits(consumers, newcomer, Newcomers::refuseConsumer);
  }

  private static void refuseConsumer(Newcomer newcomer) {
    newcomer.refuse(ErrorCode.LIMIT, "too many consumers of this session");
  }

  private void waits(BriefWait<Newcomer> place, Newcomer newcomer, Consumer<Newcomer> otherwise) {
    if (!place.tryWait(newcomer, newcomer.untilNanos, services.nanoTime())) {
      otherwise.accept(newcomer);
      return;
    }
    newcomer.connection.execute(newcomer.stage::waitForPlace);
    look();
  }

  private void look() {
    if (looking || producers.isEmpty() && consumers.isEmpty()) {
      return;
    }
    looking = true;
    long now = services.nanoTime();
    long nanos = WAIT_NANOS;
    for (BriefWait<Newcomer> place : List.of(producers, consumers)) {
      nanos = place.isEmpty() ? nanos : Math.min(nanos, place.nanosLeft(now));
    }
    session.schedule(this::refuseLate, nanos);
  }

  private void refuseLate() {
    looking = false;
    long now = services.nanoTime();
    producers.takeLate(now).forEach(Newcomers::refuseProducer);
    consumers.takeLate(now).forEach(Newcomers::refuseConsumer);
    look();
  }

  /** The producer's place is free; null if nobody waits for it. */
  @Nullable Newcomer nextProducer() {
    return next(producers);
  }

  /** A consumer's place is free; null if nobody waits for it. */
  @Nullable Newcomer nextConsumer() {
    return next(consumers);
  }

  private static @Nullable Newcomer next(BriefWait<Newcomer> place) {
    Newcomer next = place.poll();
    while (next != null && !next.connection.channel().isActive()) {
      next = place.poll(); // it has gone, and that has not been told here yet
    }
    return next;
  }

  /** Somebody does not wait any more. */
  void forget(Connection gone) {
    producers.forget(newcomer -> newcomer.connection == gone);
    consumers.forget(newcomer -> newcomer.connection == gone);
  }
}
