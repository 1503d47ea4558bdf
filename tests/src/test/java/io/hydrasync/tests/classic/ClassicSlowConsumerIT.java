package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A classic consumer that does not keep up: the wire has no word for a gap. */
class ClassicSlowConsumerIT {
  private static final int MIB = 1 << 20;
  private static final int BLOCK = 64 << 10;
  private static final int MESSAGES = 32 * MIB / BLOCK; // through a log of 8 MiB

  private static HydraServer relay(Overflow overflow) {
    return builder(overflow).bind();
  }

  private static HydraServer.Builder builder(Overflow overflow) {
    return HydraServer.builder()
        .capacity(8 * MIB)
        .retention(MIB)
        .segmentSize(256 << 10)
        .maxFrame(MIB)
        .overflow(overflow);
  }

  private static HydraServer bind(Transport transport) {
    try {
      return builder(Overflow.BACKPRESSURE).transport(transport).bind();
    } catch (IllegalArgumentException e) {
      return Assumptions.abort(e.getMessage()); // not on this machine
    }
  }

  private static HydraConsumer waiting(HydraServer relay, SessionSecrets session) {
    HydraConsumer consumer = ClassicPeer.ourConsumer(relay.address(), session);
    Await.until("it waits", () -> relay.sessions() == 1);
    return consumer;
  }

  private static Future<Boolean> flood(HydraServer relay, SessionSecrets session) {
    return Fixture.async(
        () -> {
          try (HydraProducer producer = ClassicPeer.ourProducer(relay.address(), session)) {
            byte[] block = new byte[BLOCK];
            for (int i = 0; i < MESSAGES; i++) {
              producer.broadcast(ByteBuffer.wrap(block).putInt(0, i));
            }
          }
          return true;
        });
  }

  /** How many messages came, each in its place, before the end or before it was disconnected. */
  private static int receiveAll(HydraConsumer consumer) {
    int next = 0;
    try {
      for (ByteBuffer view = ClassicPeer.next(consumer);
          view != null;
          view = ClassicPeer.next(consumer)) {
        assertThat(view.getInt()).isEqualTo(next++);
      }
    } catch (HydraException e) {
      assertThat(next).as(e.getMessage()).isLessThan(MESSAGES);
      return next;
    }
    assertThat(next).as("messages before the end").isEqualTo(MESSAGES);
    return next;
  }

  /** Transports differ in when they tell of the producer's FIN: the log is full at that time. */
  @ParameterizedTest
  @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
  void makesTheProducerWaitAndLosesNothingOfIt(Transport transport) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = bind(transport);
        HydraConsumer slow = waiting(relay, session)) {
      Future<Boolean> sent = flood(relay, session);
      Await.until("the log is full", () -> relay.logMemoryBytes() > 6 * MIB);
      assertThat(sent.isDone()).isFalse();

      assertThat(receiveAll(slow)).isEqualTo(MESSAGES);
      assertThat(Fixture.join(sent)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Overflow.class,
      names = {"GROW", "SPILL"})
  void getsEverythingWhereTheRelayKeepsMore(Overflow overflow) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = relay(overflow);
        HydraConsumer slow = waiting(relay, session)) {
      assertThat(Fixture.join(flood(relay, session))).as("the producer does not wait").isTrue();

      assertThat(receiveAll(slow)).isEqualTo(MESSAGES);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Overflow.class,
      names = {"SKIP", "DROP"})
  void isDisconnectedRatherThanMovedForward(Overflow overflow) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = relay(overflow);
        HydraConsumer slow = waiting(relay, session)) {
      assertThat(Fixture.join(flood(relay, session))).as("the producer does not wait").isTrue();

      assertThat(receiveAll(slow)).isLessThan(MESSAGES);
    }
  }
}
