package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What sessions retain beyond need is the first memory that others get. */
class RetentionIT {
  private static final long EPOCH = 1_735_689_600_000L;
  private static final int MIB = 1 << 20;
  private static final int BLOCK = 64 << 10;

  /** Sends numbered blocks; what is beyond the retention is gone then. */
  private static void send(HydraProducer producer, int blocks) throws Exception {
    byte[] block = new byte[BLOCK];
    for (int i = 0; i < blocks; i++) {
      ByteBuffer.wrap(block).putInt(i);
      producer.broadcast(block);
    }
    assertThat(producer.flush(Duration.ofSeconds(30))).isTrue();
  }

  /** A frame that is not whole cannot be trimmed, so the log needs memory for all of it. */
  private static void sendInOneFrame(HydraProducer producer, int bytes) throws Exception {
    producer.broadcast(new byte[bytes]);
    assertThat(producer.flush(Duration.ofSeconds(30))).isTrue();
  }

  /** Number of the oldest block that the relay holds, looked at without staying in its way. */
  private static int oldest(HydraServer relay, SessionSecrets session, HydraProducer producer) {
    int number;
    try (HydraConsumer consumer =
        HydraConsumer.builder(relay.address(), session).onGap(gap -> {}).connect()) {
      number = consumer.receive().getInt();
    }
    Await.until("the consumer is gone", () -> producer.consumers() == 0);
    return number;
  }

  @Test
  void theOldestSessionGivesFirstAndOnlyAsMuchAsIsNeeded() throws Exception {
    SessionSecrets first = SessionSecrets.generate();
    SessionSecrets second = SessionSecrets.generate();
    SessionSecrets hungry = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .memoryBudget(32L * MIB)
                .capacity(16L * MIB)
                .retention(10L * MIB)
                .segmentSize(MIB)
                .maxFrame(14 * MIB)
                .bind();
        HydraProducer a = Fixture.produce(relay.address(), first);
        HydraProducer b = Fixture.produce(relay.address(), second);
        HydraProducer c = Fixture.produce(relay.address(), hungry)) {
      send(a, 12 * MIB / BLOCK);
      send(b, 12 * MIB / BLOCK);
      int oldestOfFirst = oldest(relay, first, a);
      int oldestOfSecond = oldest(relay, second, b);
      long before = relay.logMemoryBytes();
      assertThat(before).as("what the two retain").isBetween(20L * MIB, 26L * MIB);

      sendInOneFrame(c, 13 * MIB);

      assertThat(relay.logMemoryBytes()).isBetween(30L * MIB, 32L * MIB);
      assertThat(oldest(relay, second, b)).as("the younger").isEqualTo(oldestOfSecond);
      assertThat(oldest(relay, first, a)).as("the oldest").isGreaterThan(oldestOfFirst);
    }
  }

  @Test
  void whenTheOldestHasNothingMoreTheNextIsAsked() throws Exception {
    SessionSecrets first = SessionSecrets.generate();
    SessionSecrets second = SessionSecrets.generate();
    SessionSecrets hungry = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .memoryBudget(20L * MIB)
                .capacity(16L * MIB)
                .retention(8L * MIB)
                .segmentSize(MIB)
                .maxFrame(14 * MIB)
                .bind();
        HydraProducer a = Fixture.produce(relay.address(), first);
        HydraProducer b = Fixture.produce(relay.address(), second);
        HydraProducer c = Fixture.produce(relay.address(), hungry)) {
      send(a, 2 * MIB / BLOCK);
      send(b, 8 * MIB / BLOCK);
      int oldestOfSecond = oldest(relay, second, b);

      sendInOneFrame(c, 13 * MIB);

      assertThat(relay.logMemoryBytes()).isBetween(18L * MIB, 20L * MIB);
      assertThat(oldest(relay, second, b)).isGreaterThan(oldestOfSecond);
    }
  }

  @Test
  void idleSessionsGiveTheirLastSegmentsAndGoOn() throws Exception {
    SessionSecrets hungry = SessionSecrets.generate();
    List<SessionSecrets> idle = Stream.generate(SessionSecrets::generate).limit(8).toList();
    try (HydraServer relay =
        HydraServer.builder()
            .memoryBudget(12L * MIB)
            .capacity(12L * MIB)
            .segmentSize(MIB)
            .maxFrame(9 * MIB)
            .bind()) {
      // given eight sessions of which each holds a last segment of 1 MiB that nobody needs
      List<HydraProducer> producers = new ArrayList<>();
      List<HydraConsumer> consumers = new ArrayList<>();
      for (SessionSecrets session : idle) {
        producers.add(Fixture.produce(relay.address(), session));
        consumers.add(Fixture.consume(relay.address(), session));
        send(producers.get(producers.size() - 1), 3 * MIB / 2 / BLOCK);
        receive(consumers.get(consumers.size() - 1), 3 * MIB / 2 / BLOCK);
      }
      assertThat(relay.logMemoryBytes()).as("too much is held").isGreaterThan(5L * MIB);

      // when another needs nearly all of the memory
      try (HydraProducer c = Fixture.produce(relay.address(), hungry)) {
        sendInOneFrame(c, 8 * MIB);
      }

      // then the eight go on as if nothing had been
      for (int i = 0; i < idle.size(); i++) {
        producers.get(i).broadcast(Fixture.message(i, 1000));
        assertThat(Fixture.bytes(consumers.get(i).receive())).isEqualTo(Fixture.message(i, 1000));
        consumers.get(i).close();
        producers.get(i).close();
      }
    }
  }

  @Test
  void whatIsNeededNoMoreGoesToOneWhoHasAskedBefore() throws Exception {
    SessionSecrets hungry = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .memoryBudget(24L * MIB)
                .capacity(20L * MIB)
                .retention(20L * MIB)
                .segmentSize(MIB)
                .maxFrame(14 * MIB)
                .bind();
        HydraProducer c = Fixture.produce(relay.address(), hungry)) {
      // given a consumer that needs nearly all of the memory, and one who has asked for it in vain
      SessionId session = RawPeer.plainSession();
      RawPeer.Join begin = RawPeer.Join.consumer(JoinMessage.START_OLDEST);
      try (RawPeer slow = new RawPeer(relay.address(), session, Optional.empty(), begin, 4096);
          RawPeer producer =
              new RawPeer(relay.address(), session, Optional.empty(), RawPeer.Join.producer(), 0)) {
        producer.head(EPOCH, EPOCH, 0);
        int frames = 14 * MIB / BLOCK;
        producer.data(0, frames, BLOCK);
        producer.awaitAck(frames);
        c.broadcast(new byte[13 * MIB]);
        Await.until("all memory is used", () -> relay.logMemoryBytes() > 23L * MIB);
        assertThat(c.flush(Duration.ofMillis(100))).isFalse();

        // when that consumer has taken all, and nothing else happens in its session
        slow.await(got -> got.type() == Frames.DATA && got.seq() == frames - 1);

        // then the other one gets what is only retained
        assertThat(c.flush(Duration.ofSeconds(10))).isTrue();
      }
    }
  }

  private static void receive(HydraConsumer consumer, int blocks) {
    for (int i = 0; i < blocks; i++) {
      assertThat(consumer.receive().getInt()).isEqualTo(i);
    }
  }
}
