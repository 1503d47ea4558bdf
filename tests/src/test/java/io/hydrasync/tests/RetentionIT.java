package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Session;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What sessions retain beyond need is the first memory that others get. */
class RetentionIT {
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
  private static int oldest(HydraServer relay, Session session, HydraProducer producer) {
    int number;
    try (HydraConsumer consumer =
        HydraConsumer.builder(relay.address(), session.id(), session.key())
            .onGap(gap -> {})
            .connect()) {
      number = consumer.receive().getInt();
    }
    Await.until("the consumer is gone", () -> producer.consumers() == 0);
    return number;
  }

  @Test
  void theOldestSessionGivesFirstAndOnlyAsMuchAsIsNeeded() throws Exception {
    Session first = Session.generate();
    Session second = Session.generate();
    Session hungry = Session.generate();
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
    Session first = Session.generate();
    Session second = Session.generate();
    Session hungry = Session.generate();
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
}
