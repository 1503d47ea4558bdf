package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A producer that has opened its stream and waits for its first consumer, for longer than a relay
 * keeps anything: whoever comes at last gets all of it. The tests mostly wait, at the same time.
 */
@Tag("any-jdk")
class WaitingProducerIT {
  private static final int MIB = 1 << 20;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MESSAGES = 100;
  private static final int BYTES = 1_000;

  /**
   * A producer looks at it a few times in a second, and each time nearly two minutes have passed:
   * every look is one at which a TICK and a PING are due.
   */
  private static final class Leaps implements LongSupplier {
    private static final int LOOKS = 16;
    private static final long LEAP_NANOS = TimeUnit.SECONDS.toNanos(100);

    private final CountDownLatch looks = new CountDownLatch(LOOKS);
    private long now;

    @Override
    public synchronized long getAsLong() {
      looks.countDown();
      now += LEAP_NANOS;
      return now;
    }

    /** Waits until the producer has been idle for more than twenty minutes by this clock. */
    void awaitMany() throws InterruptedException {
      assertThat(looks.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  private static HydraProducer idle(HydraServer relay, SessionSecrets session, Leaps clock)
      throws InterruptedException {
    HydraProducer producer = HydraProducer.builder(relay.address(), session).clock(clock).connect();
    clock.awaitMany();
    return producer;
  }

  /** The first consumer comes, and everything is sent and received, and so is the end. */
  private static void assertAllArrives(
      HydraServer relay, SessionSecrets session, HydraProducer producer)
      throws InterruptedException {
    try (HydraConsumer consumer =
        HydraConsumer.builder(relay.address(), session)
            .relayKey(relay.relayKey())
            .start(HydraConsumer.Start.BEGINNING)
            .connect()) {
      assertThat(producer.awaitConsumers(1, SOON)).isTrue();
      for (int i = 0; i < MESSAGES; i++) {
        producer.broadcast(ByteBuffer.allocate(BYTES).putInt(0, i));
      }
      assertThat(producer.flush(SOON)).isTrue();
      for (int i = 0; i < MESSAGES; i++) {
        ByteBuffer message = consumer.receive(SOON);
        assertThat(message).isNotNull();
        assertThat(message.getInt()).isEqualTo(i);
      }
      producer.close();
      assertThat(consumer.receive(SOON)).isNull();
      assertThat(consumer.missedBefore()).isZero();
      assertThat(producer.unreadFrames()).isZero();
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void losesNothingToARelayThatRetainsNothing() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().retention(0).segmentSize(64).bind();
        HydraProducer producer = idle(relay, session, new Leaps())) {
      assertAllArrives(relay, session, producer);
    }
  }

  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void losesNothingToARelayOfWhichAnotherSessionHasTheMemory() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder().capacity(MIB).memoryBudget(MIB).segmentSize(64 << 10).bind();
        HydraProducer producer = idle(relay, session, new Leaps());
        HydraProducer second = HydraProducer.connect(relay.address(), SessionSecrets.generate());
        HydraProducer third = HydraProducer.connect(relay.address(), SessionSecrets.generate())) {
      // each wants nearly all of the memory, and who has waited longest gives first
      for (HydraProducer hungry : List.of(second, third)) {
        hungry.broadcast(new byte[hungry.maxMessageBytes()]);
        assertThat(hungry.flush(SOON)).isTrue();
      }
      assertThat(relay.operator().sessions(session.id().logName(), SOON))
          .singleElement()
          .matches(waiting -> waiting.heldBytes() == 0, "has nothing left");

      assertAllArrives(relay, session, producer);
    }
  }
}
