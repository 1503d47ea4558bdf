package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.internal.connection.Connections;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.server.internal.session.Session;
import io.hydrasync.server.internal.session.SessionName;
import io.hydrasync.tests.support.Await;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who leaves a loop that is at work all the time. */
@Timeout(120)
class BalancerIT {
  private static final byte[] MESSAGE = new byte[100];
  private static final byte[] LARGE = new byte[20_000];
  private static final int QUIET = 5;

  private final AtomicBoolean going = new AtomicBoolean(true);

  /** A session with one consumer, sending. */
  private final class Stream implements AutoCloseable {
    private final HydraProducer producer;
    private final HydraConsumer consumer;
    private final Session session;
    private final Thread sender;
    private final Thread receiver;
    private volatile long received;

    Stream(HydraServer server, byte[] message, long pauseNanos) throws Exception {
      SessionSecrets secrets = SessionSecrets.generate();
      producer =
          HydraProducer.builder(server.address(), secrets).relayKey(server.relayKey()).connect();
      consumer =
          HydraConsumer.builder(server.address(), secrets).relayKey(server.relayKey()).connect();
      assertThat(producer.awaitConsumers(1, Duration.ofSeconds(20))).isTrue();
      session = server.relay().sessions().find(new SessionName(Wire.WIRE_2, secrets.id()));
      sender = new Thread(() -> send(message, pauseNanos), "sender");
      receiver = new Thread(this::receive, "receiver");
      sender.start();
      receiver.start();
    }

    private void send(byte[] message, long pauseNanos) {
      while (going.get()) {
        producer.broadcast(message);
        java.util.concurrent.locks.LockSupport.parkNanos(pauseNanos);
      }
      producer.close();
    }

    private void receive() {
      while (consumer.receive() != null) {
        received++;
      }
    }

    @Override
    public void close() throws InterruptedException {
      sender.join();
      receiver.join();
      consumer.close();
    }
  }

  @Test
  void quietSessionsDoNotStayBehindABusyOne() throws Exception {
    try (HydraServer server = HydraServer.builder().eventLoopThreads(2).bind()) {
      List<Stream> streams = new ArrayList<>();
      try {
        Stream busy = new Stream(server, LARGE, TimeUnit.MICROSECONDS.toNanos(200));
        streams.add(busy);
        for (int i = 0; i < QUIET; i++) {
          streams.add(new Stream(server, MESSAGE, TimeUnit.MILLISECONDS.toNanos(20)));
        }
        Connections connections = server.relay().connections();
        Await.until(
            "all have their places",
            () -> connections.all().allMatch(connection -> connection.resident() != null));
        EventLoop loop = busy.session.loop();
        connections
            .all()
            .forEach(
                connection -> {
                  Resident resident = connection.resident();
                  assertThat(resident).isNotNull();
                  resident.moveTo(loop);
                });
        Await.until(
            "all on one loop",
            () -> streams.stream().allMatch(each -> isAllOn(each.session, loop)));

        occupy(loop);

        Await.until(
            "the quiet ones are elsewhere",
            () ->
                streams.stream()
                    .skip(1)
                    .allMatch(each -> each.session.loop() != loop && !each.session.isSpread()));
        assertThat(busy.session.loop()).isEqualTo(loop);
        for (Stream each : streams) {
          long before = each.received;
          Await.until("messages go on", () -> each.received > before);
        }
      } finally {
        going.set(false);
        for (Stream each : streams) {
          each.close();
        }
      }
    }
  }

  private static boolean isAllOn(Session session, EventLoop loop) {
    return session.loop() == loop && !session.isSpread();
  }

  /** Has something to do for that loop all the time, but looks for input in between. */
  private void occupy(EventLoop loop) {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
    if (going.get() && !loop.isShuttingDown()) {
      loop.execute(() -> occupy(loop));
    }
  }
}
