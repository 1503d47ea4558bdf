package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.peer.ClassicRaw;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Who comes back right after a close is let in, though the relay may not have read that close yet:
 * two loops, and clients as the crate has them, which do not wait for the relay's FIN.
 */
@Tag("any-jdk")
class ClassicReconnectIT {
  /** With {@code -Dhydra.reconnects=10000} for a longer look. */
  private static final int RECONNECTS = Integer.getInteger("hydra.reconnects", 1_000);

  private static final int LOOPS = 2;
  private static final int CAPACITY = 768 << 10;

  /** Twice what the log holds, and what is in sockets. */
  private static final int FRAMES = 32;

  /** Shorter than the wait for a place, which it has nothing to do with. */
  private static final Duration HANDSHAKE = Duration.ofMillis(300);

  private static final long BRIEFLY_NANOS = 1_000_000_000L;

  private final SessionSecrets session = ClassicPeer.session();

  private byte[] frame(int size) {
    return ClassicRaw.frames(session, size, 1);
  }

  private static HydraServer.Builder relay() {
    return HydraServer.builder().eventLoopThreads(LOOPS);
  }

  @Test
  void letsAProducerInThatReconnectsRightAfterItsClose() throws Exception {
    byte[] frame = frame(100);
    int refused = 0;
    try (HydraServer relay = relay().bind()) {
      ClassicRaw before =
          ClassicRaw.joined(relay.address(), Role.PRODUCER, session).send(frame).finish();
      for (int i = 1; i <= RECONNECTS; i++) {
        ClassicRaw next = ClassicRaw.joined(relay.address(), Role.PRODUCER, session);
        boolean sent = isSent(next, frame);
        refused += endsInOrder(before) ? 0 : 1;
        if (!sent) { // it is refused already
          refused++;
          next.close();
          next = ClassicRaw.joined(relay.address(), Role.PRODUCER, session).send(frame).finish();
        }
        before = next;
      }
      refused += endsInOrder(before) ? 0 : 1;
    }

    assertThat(refused).as("refused of " + RECONNECTS).isZero();
  }

  private static boolean isSent(ClassicRaw producer, byte[] frame) throws IOException {
    try {
      producer.send(frame).finish();
      return true;
    } catch (SocketException e) {
      return false;
    }
  }

  private static boolean endsInOrder(ClassicRaw producer) throws IOException {
    try (producer) {
      return producer.isEndedInOrder();
    }
  }

  /** The first one's FIN is behind what the relay has no room for, until somebody takes it. */
  @Test
  void letsAProducerInOnceTheRestOfTheOneBeforeHasBeenTaken() throws Exception {
    byte[] frame = frame(64 << 10);
    try (HydraServer relay =
            relay().capacity(CAPACITY).segmentSize(64 << 10).sendBuffer(64 << 10).bind();
        ClassicRaw consumer = ClassicRaw.joined(relay.address(), Role.CONSUMER, session);
        ClassicRaw first = ClassicRaw.joined(relay.address(), Role.PRODUCER, session)) {
      Future<Boolean> sent =
          Fixture.async(
              () -> {
                for (int i = 0; i < FRAMES; i++) {
                  first.send(frame);
                }
                return first.finish().isEndedInOrder();
              });
      Await.until("the log is full", () -> relay.logMemoryBytes() >= CAPACITY - (128 << 10));
      try (ClassicRaw second =
          ClassicRaw.joined(relay.address(), Role.PRODUCER, session).send(frame).finish()) {
        assertThat(consumer.isEndedInOrder()).as("it has got all").isTrue();
        assertThat(Fixture.join(sent)).isTrue();

        assertThat(second.isEndedInOrder()).as("it was let in").isTrue();
      }
    }
  }

  @Test
  void refusesASecondProducerAfterThatTimeAllTheSame() throws Exception {
    try (HydraServer relay = relay().handshakeTimeout(HANDSHAKE).bind();
        ClassicRaw first = ClassicRaw.joined(relay.address(), Role.PRODUCER, session)) {
      Await.until("the first is there", () -> relay.sessions() == 1);
      first.send(frame(1));
      long began = System.nanoTime();
      try (ClassicRaw second = ClassicRaw.joined(relay.address(), Role.PRODUCER, session)) {
        assertThat(second.isEndedInOrder()).isFalse();
        assertThat(System.nanoTime() - began).isBetween(BRIEFLY_NANOS, 10 * BRIEFLY_NANOS);
      }
      assertThat(endsInOrder(first.finish())).as("the first stayed").isTrue();
    }
  }

  /** What it left behind would be an empty stream in place of the one that ended. */
  @Test
  void forgetsAProducerThatWaitedAndWentAway() throws Exception {
    byte[] frame = frame(7);
    try (HydraServer relay = relay().bind()) {
      for (int i = 0; i < 20; i++) {
        try (ClassicRaw first =
            ClassicRaw.joined(relay.address(), Role.PRODUCER, session).send(frame)) {
          Await.until("the relay has it", () -> relay.logMemoryBytes() > 0);
          ClassicRaw.joined(relay.address(), Role.PRODUCER, session).reset();
          Await.until("it is gone", () -> relay.connections() == 1);
          assertThat(endsInOrder(first.finish())).isTrue();
        }
        try (HydraConsumer late = ClassicPeer.ourConsumer(relay.address(), session)) {
          assertThat(Fixture.receiveAll(late)).hasSize(1);
        }
        Await.until("nobody is left", () -> relay.connections() == 0);
      }
    }
  }

  // ---- the same on wire 2, and for consumers ----

  @Test
  void letsAProducerOfAPlainSessionInRightAfterTheOneBeforeBroke() throws Exception {
    try (HydraServer relay = relay().bind()) {
      for (int i = 0; i < RECONNECTS / 4; i++) {
        HydraProducer producer = HydraProducer.connect(relay.address(), session);
        producer.broadcast(new byte[100]);
        producer.abort();
      }
      assertThat(relay.sessions()).isEqualTo(1);
    }
  }

  @Test
  void tellsASecondProducerOfAPlainSessionWhyHoweverShortAHandshakeMayBe() throws Exception {
    try (HydraServer relay = relay().handshakeTimeout(HANDSHAKE).bind();
        HydraProducer first = HydraProducer.connect(relay.address(), session)) {
      assertThatThrownBy(() -> HydraProducer.connect(relay.address(), session))
          .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.PRODUCER_EXISTS);
      first.broadcast(new byte[1]);
    }
  }

  @Test
  void letsAConsumerInRightAfterTheLastOneItMayHaveClosed() throws Exception {
    AdmissionLimits one = AdmissionLimits.DEFAULT.withConsumersPerSession(1);
    List<ErrorCode> refused = new ArrayList<>();
    try (HydraServer relay = relay().admission(one).bind();
        HydraProducer producer = HydraProducer.connect(relay.address(), session)) {
      producer.broadcast(new byte[1]);
      for (int i = 0; i < RECONNECTS / 4; i++) {
        try (HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
          assertThat(consumer.receive().remaining()).isEqualTo(1);
        } catch (HydraException e) {
          refused.add(e.code());
        }
      }
      assertThat(refused).isEmpty();
      try (HydraConsumer only = Fixture.consume(relay.address(), session)) {
        assertThat(only.receive().remaining()).isEqualTo(1);
        assertThatThrownBy(() -> Fixture.consume(relay.address(), session))
            .isInstanceOf(HydraException.class)
            .hasMessageContaining("too many consumers");
      }
    }
  }
}
