package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.internal.session.SessionName;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which loop connections come to, and that they work there. */
@Timeout(120)
class LoopChoiceIT {
  private static final int LOOPS = 4;
  private static final byte[] MESSAGE = {1, 2, 3};

  private final List<AutoCloseable> open = new ArrayList<>();
  private HydraServer server = HydraServer.bindDefault();

  private void relay(Transport transport) {
    server.close();
    server =
        HydraServer.builder()
            .transport(transport)
            .eventLoopThreads(LOOPS)
            .linger(Duration.ofMillis(1))
            .bind();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    server.close();
  }

  private HydraProducer produce(SessionSecrets session) {
    HydraProducer producer =
        HydraProducer.builder(server.address(), session).relayKey(server.relayKey()).connect();
    open.add(0, producer);
    return producer;
  }

  private HydraConsumer consume(SessionSecrets session) {
    HydraConsumer consumer =
        HydraConsumer.builder(server.address(), session).relayKey(server.relayKey()).connect();
    open.add(consumer);
    return consumer;
  }

  private io.hydrasync.server.internal.session.Session find(SessionSecrets session) {
    var found = server.relay().sessions().find(new SessionName(Wire.WIRE_2, session.id()));
    assertThat(found).isNotNull();
    return found;
  }

  private static void assertDelivers(HydraProducer producer, List<HydraConsumer> consumers)
      throws Exception {
    assertThat(producer.awaitConsumers(consumers.size(), Duration.ofSeconds(20))).isTrue();
    producer.broadcast(MESSAGE);
    for (HydraConsumer consumer : consumers) {
      assertThat(consumer.receive().get(0)).isEqualTo(MESSAGE[0]);
    }
  }

  /** Connections on each loop, in order. */
  private int[] loads() {
    int[] loads = server.relay().connections().loads().stream().sorted().mapToInt(n -> n).toArray();
    assertThat(IntStream.of(loads).sum()).isEqualTo(server.connections());
    return loads;
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void smallSessionsAreOnOneLoopEachAndLoopsShareThem(Transport transport) throws Exception {
    relay(transport);
    for (int i = 0; i < 2 * LOOPS; i++) {
      SessionSecrets session = SessionSecrets.generate();
      HydraProducer producer = produce(session);
      List<HydraConsumer> consumers = List.of(consume(session), consume(session));
      assertDelivers(producer, consumers);

      assertThat(find(session).isSpread()).isFalse();
    }
    int[] loads =
        loads(); // not even: a loop that is busy, with its first handshakes too, gets less
    assertThat(loads).hasSize(LOOPS);
    assertThat(loads[LOOPS - 1]).isLessThanOrEqualTo(server.connections() / 2);
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void aProducerComesToThoseWhoWaitForIt(Transport transport) throws Exception {
    relay(transport);
    for (int i = 0; i < LOOPS; i++) {
      SessionSecrets session = SessionSecrets.generate();
      List<HydraConsumer> consumers = List.of(consume(session), consume(session));
      assertDelivers(produce(session), consumers);

      assertThat(find(session).isSpread()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NIO", "EPOLL"})
  void manyConsumersAreWithTheirProducerWhileThatHasTime(Transport transport) throws Exception {
    relay(transport);
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = produce(session);
    List<HydraConsumer> consumers = new ArrayList<>();
    for (int i = 0; i < 10 * LOOPS; i++) {
      consumers.add(consume(session));
    }
    assertDelivers(producer, consumers);

    assertThat(find(session).isSpread()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
  void nobodyIsForgottenWhoClosesOnTheWay(Transport transport) throws Exception {
    relay(transport);
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = produce(session);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Thread client = new Thread(() -> joinAndLeave(session), "client-" + i);
      client.start();
      clients.add(client);
    }
    for (Thread client : clients) {
      client.join();
    }
    producer.close();

    // some may only be accepted now, after their clients have gone
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!isEmpty()) {
      server.relay().connections().awaitNone(deadline - System.nanoTime());
      assertThat(System.nanoTime()).as("when nobody was left").isLessThan(deadline);
    }
  }

  /** Whether there is no connection, and none is listed on a loop. */
  private boolean isEmpty() {
    return server.connections() == 0
        && server.relay().connections().loads().stream().allMatch(load -> load == 0);
  }

  /** Closed as soon as JOINED is there, or by a timeout that may run out at any moment of it. */
  private void joinAndLeave(SessionSecrets session) {
    InetSocketAddress address = server.address();
    try {
      HydraConsumer.builder(address, session)
          .relayKey(server.relayKey())
          .connectTimeout(Duration.ofMillis(1 + (Thread.currentThread().getId() & 63)))
          .connect()
          .close();
    } catch (io.hydrasync.protocol.HydraException e) {
      // its timeout ran out
    }
  }
}
