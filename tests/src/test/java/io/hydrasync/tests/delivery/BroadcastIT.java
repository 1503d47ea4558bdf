package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.Fixture;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Broadcasts that follow each other closely share frames, and still none waits to be flushed. */
class BroadcastIT {
  private static final int MESSAGES = 100_000;
  private static final int BURSTS = 500;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static void broadcast(HydraProducer producer, int from, int count) {
    byte[] message = new byte[Integer.BYTES];
    for (int i = from; i < from + count; i++) {
      ByteBuffer.wrap(message).putInt(i);
      if (i % 2 == 0) {
        producer.broadcast(message);
      } else {
        producer.broadcast(ByteBuffer.wrap(message));
      }
    }
  }

  private static void receive(HydraConsumer consumer, int from, int count) {
    for (int i = from; i < from + count; i++) {
      ByteBuffer message = consumer.receive(PATIENCE);
      assertThat(message.getInt()).isEqualTo(i);
      assertThat(message.hasRemaining()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manyShareFramesUnlessThatIsTurnedOff(boolean coalesce) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer =
            HydraProducer.builder(relay.address(), session).coalesce(coalesce).connect();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Future<List<byte[]>> received = Fixture.async(() -> Fixture.receiveAll(consumer));
      broadcast(producer, 0, MESSAGES);
      assertThat(producer.flush(PATIENCE)).isTrue();
      long frames = producer.acknowledged();
      producer.close();

      List<byte[]> all = Fixture.join(received);
      assertThat(all).hasSize(MESSAGES);
      for (int i = 0; i < MESSAGES; i++) {
        assertThat(ByteBuffer.wrap(all.get(i)).getInt()).isEqualTo(i);
      }
      if (coalesce) {
        assertThat(frames).isLessThan(MESSAGES / 4);
      } else {
        assertThat(frames).isGreaterThanOrEqualTo(MESSAGES); // and TICKs
      }
    }
  }

  /** Bursts of all lengths around the one from which messages wait; nobody flushes. */
  @ParameterizedTest
  @EnumSource(Wire.class)
  void theLastOfABurstArrivesByItself(Wire wire) {
    SessionSecrets session =
        wire == Wire.CLASSIC ? ClassicPeer.session() : SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = consume(relay.address(), session, wire);
        HydraProducer producer =
            HydraProducer.builder(relay.address(), session).wire(wire).connect()) {
      int next = 0;
      for (int burst = 0; burst < BURSTS; burst++) {
        int length = burst % 50 + 1;
        broadcast(producer, next, length);
        receive(consumer, next, length);
        next += length;
      }
    }
  }

  /** What was broadcast has been sent, even if the session is given up then. */
  @Test
  void abortSendsWhatWasBroadcast() {
    for (int length = 1; length <= 60; length++) {
      SessionSecrets session = SessionSecrets.generate();
      try (HydraServer relay = HydraServer.bindDefault();
          HydraConsumer consumer = Fixture.consume(relay.address(), session);
          HydraProducer producer = Fixture.produce(relay.address(), session)) {
        broadcast(producer, 0, length);
        producer.abort();
        receive(consumer, 0, length);
        assertThatThrownBy(() -> consumer.receive(PATIENCE)).isInstanceOf(TruncatedException.class);
      }
    }
  }

  private static HydraConsumer consume(InetSocketAddress relay, SessionSecrets session, Wire wire) {
    return HydraConsumer.builder(relay, session).wire(wire).connect();
  }

  @Test
  void whatWasWrittenBeforeKeepsItsPlaceAndWaitsNoLonger() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = Fixture.consume(relay.address(), session);
        HydraProducer producer =
            HydraProducer.builder(relay.address(), session).linger(Duration.ofHours(1)).connect()) {
      int next = 0;
      for (int round = 0; round < BURSTS; round++) {
        broadcast(producer, next, 30);
        producer.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, next + 30));
        broadcast(producer, next + 31, 3);
        receive(consumer, next, 34);
        next += 34;
      }
    }
  }
}
