package io.hydrasync.server.internal.arrival;

import io.hydrasync.protocol.classic.ClassicMetrics;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.LaterAnswers;
import io.hydrasync.server.internal.connection.Stage;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.telemetry.RelayCounters;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * An observer of the later classic wire: each byte that it sends is answered by the relay's
 * metrics. A few at a time; until they are with the kernel nothing is read, so that what it has
 * sent ahead is a number here and nothing else. Confined to the connection's loop.
 */
final class ObserverStage implements Stage {
  private static final int AT_A_TIME = 128;
  private static final double NANOS_PER_HOUR = TimeUnit.HOURS.toNanos(1);

  private final Connection connection;
  private final Observers observers;
  private final LaterAnswers answers;
  private long owed;
  private boolean busy;
  private boolean left;

  ObserverStage(Connection connection, Observers observers, LaterAnswers answers) {
    this.connection = connection;
    this.observers = observers;
    this.answers = answers;
  }

  /** Its token has been checked. */
  void start() {
    RelayServices services = connection.services();
    connection.record().identifiedObserver();
    connection.joined();
    connection.write(
        new JoinedMessage(
            0, services.limits().maxFrame(), 0, 0, new byte[JoinMessage.RESUME_LENGTH], 0));
    connection.channel().flush();
  }

  @Override
  public void read(ByteBuf in) {
    owed += in.readableBytes();
    in.release();
    answer();
  }

  private void answer() {
    if (busy || left || owed == 0) {
      return;
    }
    busy = true;
    connection.channel().config().setAutoRead(false);
    int times = (int) Math.min(owed, AT_A_TIME);
    owed -= times;
    ByteBuf sealed = answers.metrics(metrics(), times);
    connection.record().sent(sealed.readableBytes());
    connection.write(sealed).addListener(this::written);
    connection.channel().flush();
  }

  private ClassicMetrics metrics() {
    RelayCounters counters = connection.services().operations().counters();
    return new ClassicMetrics(
        connection.services().operations().uptimeNanos() / NANOS_PER_HOUR,
        counters.sessionsMade(),
        counters.producedSessions(),
        counters.deliveredBytes());
  }

  private void written(Future<? super Void> done) {
    if (done.isSuccess() && !left) {
      connection.guarded(() -> connection.execute(this::goOn)); // others of its loop come between
    }
  }

  private void goOn() {
    busy = false;
    if (owed > 0) {
      answer();
    } else if (!left) {
      connection.channel().config().setAutoRead(true);
    }
  }

  @Override
  public void tick(long nowNanos) {
    // nothing is expected of it
  }

  @Override
  public boolean isWillingToRead() {
    return !busy;
  }

  @Override
  public void leave() {
    if (!left) {
      left = true;
      observers.left();
    }
  }
}
