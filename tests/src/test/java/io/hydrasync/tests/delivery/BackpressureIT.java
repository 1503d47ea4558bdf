package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-jdk")
class BackpressureIT {
  private static final int MIB = 1 << 20;

  /** Sends blocks of 64 KiB and counts them. */
  private static Future<Integer> flood(HydraProducer producer, int blocks) {
    return Fixture.async(
        () -> {
          byte[] block = new byte[64 << 10];
          for (int i = 0; i < blocks; i++) {
            ByteBuffer.wrap(block).putInt(i);
            producer.broadcast(block);
          }
          return blocks;
        });
  }

  @Test
  void makesTheProducerWaitForASlowConsumerAndLosesNothing() throws Exception {
    int blocks = 1024; // 64 MiB through a log of 8 MiB
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder().capacity(8 * MIB).retention(MIB).maxFrame(MIB).bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer fast = Fixture.consume(relay.address(), session);
        HydraConsumer slow = Fixture.consume(relay.address(), session)) {
      Future<Integer> sent = flood(producer, blocks);
      Future<Integer> fastGot = Fixture.async(() -> countBlocks(fast, blocks));
      Await.until("the log is full", () -> relay.logMemoryBytes() > 6 * MIB);
      assertThat(sent.isDone()).as("the producer waits").isFalse();
      assertThat(countBlocks(slow, blocks)).isEqualTo(blocks);
      assertThat(Fixture.join(fastGot)).isEqualTo(blocks);
      assertThat(Fixture.join(sent)).isEqualTo(blocks);
      assertThat(relay.logMemoryBytes()).isLessThanOrEqualTo(8 * MIB);
    }
  }

  private static int countBlocks(HydraConsumer consumer, int blocks) {
    for (int i = 0; i < blocks; i++) {
      assertThat(consumer.receive().getInt()).isEqualTo(i);
    }
    return blocks;
  }

  @Test
  void dropsAConsumerThatTakesNothingWhileOthersWait() throws Exception {
    int blocks = 1024;
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .capacity(8 * MIB)
                .retention(MIB)
                .maxFrame(MIB)
                .stallTimeout(Duration.ofMillis(500))
                .bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer fast = Fixture.consume(relay.address(), session);
        HydraConsumer dead = Fixture.consume(relay.address(), session)) {
      Future<Integer> sent = flood(producer, blocks);

      assertThat(countBlocks(fast, blocks)).isEqualTo(blocks);
      assertThat(Fixture.join(sent)).isEqualTo(blocks);
      Await.until("the dead consumer is dropped", () -> producer.consumers() == 1);
      assertThat(dead.isEnded()).isFalse();
    }
  }

  @Test
  void takesAMessageOf64MiBWhileOneOfTwoConsumersHasStalled() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    byte[] message = Fixture.message(1, 64 * MIB);
    CountDownLatch firstIsDone = new CountDownLatch(1);
    try (HydraServer relay = HydraServer.builder().memoryBudget(160L * MIB).bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer prompt = Fixture.consume(relay.address(), session);
        HydraConsumer stalled = Fixture.consume(relay.address(), session)) {
      Future<Boolean> promptGot =
          Fixture.async(() -> Arrays.equals(Fixture.bytes(prompt.receive()), message));
      Future<Boolean> stalledGot =
          Fixture.async(
              () -> {
                firstIsDone.await();
                return Arrays.equals(Fixture.bytes(stalled.receive()), message);
              });
      producer.broadcast(message);

      assertThat(promptGot.get(60, TimeUnit.SECONDS)).isTrue();
      firstIsDone.countDown();
      assertThat(stalledGot.get(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void announcesASmallerLargestFrameWhenThereIsLittleMemory() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().memoryBudget(24L * MIB).bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      assertThat(relay.maxFrameBytes()).isLessThanOrEqualTo(22 * MIB);
      assertThatThrownBy(() -> producer.broadcast(new byte[64 * MIB]))
          .isInstanceOfSatisfying(
              ProtocolException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_BIG));
      byte[] largest = Fixture.message(1, producer.maxMessageBytes());
      producer.broadcast(largest);

      assertThat(Arrays.equals(Fixture.bytes(consumer.receive()), largest)).isTrue();
    }
  }

  @Test
  void refusesOneConnectionMoreThanItMayHave() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().maxConnections(1).bind();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      assertThatThrownBy(() -> Fixture.consume(relay.address(), session))
          .isInstanceOfSatisfying(
              HydraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT));
      assertThat(consumer.isEnded()).isFalse();
    }
  }

  @Test
  void tellsClientsThatItShutsDown() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    HydraServer relay = HydraServer.bindDefault();
    HydraProducer producer =
        HydraProducer.builder(relay.address(), session).reconnectTimeout(Duration.ZERO).connect();
    try (HydraConsumer consumer =
        HydraConsumer.builder(relay.address(), session).reconnectTimeout(Duration.ZERO).connect()) {
      relay.close();

      assertThatThrownBy(consumer::receive)
          .isInstanceOf(TruncatedException.class)
          .hasMessageContaining("SHUTDOWN");
      Await.until("the producer has heard of it", () -> broadcastFails(producer));
    }
  }

  private static boolean broadcastFails(HydraProducer producer) {
    try {
      producer.broadcast(new byte[1]);
      return false;
    } catch (HydraException e) {
      assertThat(e).hasMessageContaining("SHUTDOWN");
      return true;
    }
  }
}
