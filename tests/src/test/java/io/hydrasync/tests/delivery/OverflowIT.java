package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.network.Trickle;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each policy does when a consumer does not keep up. */
class OverflowIT {
  static final int MIB = 1 << 20;
  static final int BLOCK = 16 << 10;
  static final int BLOCKS = 32 * MIB / BLOCK;

  static HydraServer.Builder smallRelay() {
    return HydraServer.builder()
        .capacity(8 * MIB)
        .retention(MIB)
        .maxFrame(MIB)
        .segmentSize(256 << 10);
  }

  static HydraProducer produce(HydraServer relay, SessionSecrets session, Overflow policy) {
    return HydraProducer.builder(relay.address(), session).overflow(policy).connect();
  }

  static HydraConsumer consume(HydraServer relay, SessionSecrets session, Overflow own) {
    return HydraConsumer.builder(relay.address(), session).overflow(own).connect();
  }

  /** Sends numbered messages, never further ahead of the readers than the log can hold. */
  static void sendAll(HydraProducer producer, int blocks, int size, AtomicInteger... readers) {
    byte[] block = new byte[size];
    int ahead = Math.max(1, 2 * MIB / size);
    for (int i = 0; i < blocks; i++) {
      int least = i - ahead;
      for (AtomicInteger reader : readers) {
        Await.until("a reader comes along", () -> reader.get() >= least);
      }
      ByteBuffer.wrap(block).putInt(i);
      producer.broadcast(block);
    }
    producer.close();
  }

  /** What a consumer saw: messages received, and messages missing that were announced. */
  record Seen(int received, int missing) {}

  /**
   * Fails if anything is missing, repeated or out of order that was not announced exactly. Frames
   * and messages differ by the few TICKs that a producer sends.
   */
  static Seen receiveAll(HydraConsumer consumer, int blocks, AtomicInteger progress) {
    int next = 0;
    int missing = 0;
    long announced = 0;
    while (true) {
      try {
        ByteBuffer view = consumer.receive();
        int number = view == null ? blocks : view.getInt();
        int jump = number - next;
        assertThat(jump).as("missing in front of message %s", number).isNotNegative();
        if (jump > 0) {
          assertThat(announced - jump).as("announced beyond what is missing").isBetween(0L, 5L);
          missing += jump;
          announced = 0;
        }
        if (view == null) {
          return new Seen(next + jump - missing, missing);
        }
        next = number + 1;
        progress.set(next);
      } catch (GapException gap) {
        announced += gap.to() - gap.from();
      }
    }
  }

  static Seen receiveAll(HydraConsumer consumer, int blocks) {
    return receiveAll(consumer, blocks, new AtomicInteger());
  }

  /**
   * The others get everything, and the producer does not wait, while one consumer reads nothing.
   */
  static Seen withOneStalled(
      HydraServer relay, Overflow session, Overflow own, int blocks, int size) throws Exception {
    SessionSecrets id = SessionSecrets.generate();
    CountDownLatch othersAreDone = new CountDownLatch(1);
    try (HydraConsumer stalled = consume(relay, id, own); // before the policy is known
        HydraProducer producer = produce(relay, id, session);
        HydraConsumer one = consume(relay, id, Overflow.DEFAULT);
        HydraConsumer two = consume(relay, id, Overflow.DEFAULT)) {
      Future<Seen> stalledSaw =
          Fixture.async(
              () -> {
                othersAreDone.await();
                return receiveAll(stalled, blocks);
              });
      AtomicInteger oneAt = new AtomicInteger();
      AtomicInteger twoAt = new AtomicInteger();
      Future<Seen> oneSaw = Fixture.async(() -> receiveAll(one, blocks, oneAt));
      Future<Seen> twoSaw = Fixture.async(() -> receiveAll(two, blocks, twoAt));
      sendAll(producer, blocks, size, oneAt, twoAt);
      assertThat(oneSaw.get(60, TimeUnit.SECONDS)).isEqualTo(new Seen(blocks, 0));
      assertThat(twoSaw.get(60, TimeUnit.SECONDS)).isEqualTo(new Seen(blocks, 0));
      othersAreDone.countDown();
      return stalledSaw.get(60, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, BLOCK, 900_000})
  void skipMovesAStalledConsumerForwardAndAnnouncesExactlyWhatItMissed(int size) throws Exception {
    int blocks = 32 * MIB / Math.max(size, 1000);
    try (HydraServer relay = smallRelay().bind()) {
      Seen seen = withOneStalled(relay, Overflow.SKIP, Overflow.DEFAULT, blocks, size);

      assertThat(seen.received() + seen.missing()).isEqualTo(blocks);
      if (size > 1000) {
        assertThat(seen.missing()).isPositive();
      }
    }
  }

  @Test
  void dropDisconnectsAStalledConsumerWhichComesBackAndHearsWhatItMissed() throws Exception {
    try (HydraServer relay = smallRelay().bind()) {
      Seen seen = withOneStalled(relay, Overflow.DROP, Overflow.DEFAULT, BLOCKS, BLOCK);

      assertThat(seen.missing()).isPositive();
      assertThat(seen.received() + seen.missing()).isEqualTo(BLOCKS);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Overflow.class,
      names = {"DROP", "SKIP"})
  void aConsumerMayGiveUpItsOwnClaimUnderBackpressure(Overflow own) throws Exception {
    try (HydraServer relay = smallRelay().lagLimit(2 * MIB).bind()) {
      Seen seen = withOneStalled(relay, Overflow.BACKPRESSURE, own, BLOCKS, BLOCK);

      assertThat(seen.missing()).isPositive();
      assertThat(seen.received() + seen.missing()).isEqualTo(BLOCKS);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Overflow.class,
      names = {"DROP", "SKIP", "SPILL"})
  void aConsumerThatTakesByteByByteMakesNobodyWaitAndNobodyLose(Overflow policy) throws Exception {
    SessionSecrets id = SessionSecrets.generate();
    AtomicInteger promptAt = new AtomicInteger();
    try (HydraServer relay = smallRelay().bind();
        Trickle trickle = new Trickle(relay.address(), promptAt::get);
        HydraProducer producer = produce(relay, id, policy);
        HydraConsumer prompt = consume(relay, id, Overflow.DEFAULT);
        HydraConsumer slow = HydraConsumer.builder(trickle.address(), id).connect()) {
      Future<Seen> promptSaw = Fixture.async(() -> receiveAll(prompt, BLOCKS, promptAt));
      Future<Seen> slowSaw = Fixture.async(() -> receiveAll(slow, BLOCKS));
      sendAll(producer, BLOCKS, BLOCK, promptAt);
      assertThat(promptSaw.get(60, TimeUnit.SECONDS)).isEqualTo(new Seen(BLOCKS, 0));
      Await.until("bytes have come one by one", () -> trickle.trickled() > 0);
      assertThat(slowSaw.isDone()).isFalse();
      trickle.open();

      Seen seen = slowSaw.get(60, TimeUnit.SECONDS);

      assertThat(seen.received() + seen.missing()).isEqualTo(BLOCKS);
      assertThat(seen.missing() > 0).as("something is missing").isEqualTo(policy != Overflow.SPILL);
    }
  }

  @Test
  void growKeepsEverythingUpToItsSecondBoundAndShrinksAgain() throws Exception {
    try (HydraServer relay = smallRelay().growLimit(96L * MIB).memoryBudget(128L * MIB).bind()) {
      Seen seen = withOneStalled(relay, Overflow.GROW, Overflow.DEFAULT, BLOCKS, BLOCK);

      assertThat(seen).isEqualTo(new Seen(BLOCKS, 0));
    }
  }

  @Test
  void growMakesTheProducerWaitAtItsSecondBound() throws Exception {
    SessionSecrets id = SessionSecrets.generate();
    try (HydraServer relay = smallRelay().growLimit(16L * MIB).memoryBudget(64L * MIB).bind();
        HydraProducer producer = produce(relay, id, Overflow.GROW);
        HydraConsumer slow = consume(relay, id, Overflow.DEFAULT)) {
      Future<Void> sent =
          Fixture.async(
              () -> {
                sendAll(producer, BLOCKS, BLOCK);
                return null;
              });
      Await.until("the log has grown", () -> relay.logMemoryBytes() > 15 * MIB);
      assertThat(sent.isDone()).isFalse();

      assertThat(receiveAll(slow, BLOCKS)).isEqualTo(new Seen(BLOCKS, 0));
      Fixture.join(sent);
    }
  }

  @Test
  void anOperatorMayForbidAPolicy() {
    SessionSecrets id = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().permitOverflow(Set.of(Overflow.GROW)).bind()) {
      assertThatThrownBy(() -> produce(relay, id, Overflow.SKIP))
          .isInstanceOfSatisfying(
              HydraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
      produce(relay, id, Overflow.GROW).close();
    }
  }
}
