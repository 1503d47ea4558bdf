package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.internal.connection.Connection;
import io.hydrasync.server.internal.connection.Resident;
import io.hydrasync.tests.support.Await;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Connections go from loop to loop a thousand times while their session is busy. Every consumer
 * gets every message once and in order, on the connection that it has had from the start.
 */
@Timeout(120)
class MovingIT {
  private static final int LOOPS = 4;
  private static final int CONSUMERS = 8;
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

  @ParameterizedTest
  @CsvSource({
    "EPOLL, BACKPRESSURE, 1000",
    "NIO, BACKPRESSURE, 300",
    "EPOLL, SPILL, 300",
    "NIO, DROP, 300",
    "EPOLL, SKIP, 300",
    "EPOLL, GROW, 300"
  })
  void nothingIsLostRepeatedOrReordered(Transport transport, Overflow policy, int moves)
      throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    ExecutorService clients = Executors.newCachedThreadPool();
    AtomicBoolean moving = new AtomicBoolean(true);
    try (HydraServer server =
            HydraServer.builder().transport(transport).eventLoopThreads(LOOPS).bind();
        HydraProducer producer =
            HydraProducer.builder(server.address(), session)
                .relayKey(server.relayKey())
                .overflow(policy)
                .connect()) {
      List<HydraConsumer> consumers = new ArrayList<>();
      for (int i = 0; i < CONSUMERS; i++) {
        consumers.add(
            HydraConsumer.builder(server.address(), session).relayKey(server.relayKey()).connect());
      }
      assertThat(producer.awaitConsumers(CONSUMERS, Duration.ofSeconds(20))).isTrue();
      List<Future<Long>> received = new ArrayList<>();
      for (HydraConsumer consumer : consumers) {
        received.add(clients.submit(() -> receiveAll(consumer)));
      }
      Future<Long> sent = clients.submit(() -> send(producer, moving, policy));

      Await.until(
          "all have their places",
          () ->
              server
                  .relay()
                  .connections()
                  .all()
                  .allMatch(connection -> connection.resident() != null));
      List<Connection> connections = server.relay().connections().all().toList();
      int arrived = move(connections, moves);
      assertThat(server.relay().connections().all())
          .as("nobody had to connect again")
          .containsExactlyInAnyOrderElementsOf(connections);
      moving.set(false);

      long messages = sent.get(60, TimeUnit.SECONDS);
      for (Future<Long> each : received) {
        assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(messages);
      }
      assertThat(arrived).isGreaterThanOrEqualTo(moves);
      assertThat(messages).isGreaterThan(moves / 10);
      consumers.forEach(HydraConsumer::close);
    } finally {
      moving.set(false);
      clients.shutdownNow();
    }
  }

  /** Messages of many sizes, in flight and at rest; how many. */
  private static long send(HydraProducer producer, AtomicBoolean going, Overflow policy)
      throws Exception {
    Random random = new Random(1);
    long number = 0;
    boolean gentle = policy == Overflow.DROP || policy == Overflow.SKIP;
    while (going.get()) {
      ByteBuffer message = ByteBuffer.allocate(Long.BYTES + random.nextInt(2_000));
      producer.broadcast(message.putLong(0, number++));
      if (gentle || number % 64 == 0) {
        producer.flush();
      }
      if (gentle && number % 256 == 0) {
        assertThat(producer.flush(Duration.ofSeconds(20))).isTrue();
      }
    }
    producer.close();
    return number;
  }

  private static long receiveAll(HydraConsumer consumer) throws Exception {
    long expected = 0;
    for (ByteBuffer message = consumer.receive(); message != null; message = consumer.receive()) {
      assertThat(message.getLong(message.position())).isEqualTo(expected);
      expected++;
    }
    return expected;
  }

  /** Sends all of them to other loops, again and again; how many got there. */
  private static int move(List<Connection> connections, int moves) {
    Random random = new Random(2);
    int arrived = 0;
    while (arrived < moves && !Thread.currentThread().isInterrupted()) {
      Map<Connection, EventLoop> from = new IdentityHashMap<>();
      for (Connection connection : connections) {
        from.put(connection, connection.loop());
        Resident resident = connection.resident();
        assertThat(resident).isNotNull();
        resident.moveTo(other(connection.loop(), random));
      }
      for (Connection connection : connections) {
        long deadline = System.nanoTime() + MOST_NANOS;
        while (connection.loop() == from.get(connection) && System.nanoTime() < deadline) {
          Thread.yield();
        }
        arrived +=
            connection.loop() == from.get(connection) ? 0 : 1; // the relay may have moved it back
      }
    }
    return arrived;
  }

  private static EventLoop other(EventLoop from, Random random) {
    List<EventLoop> loops = new ArrayList<>();
    from.parent().forEach(loop -> loops.add((EventLoop) loop));
    loops.remove(from);
    return loops.get(random.nextInt(loops.size()));
  }
}
