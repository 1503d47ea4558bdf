package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Producers that take a session from each other while frames are in flight. */
@Tag("any-jdk")
class TakeoverIT {
  private static final int PRODUCERS = 30;

  @Test
  void neverMixesTheFramesOfTwoProducers() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().eventLoopThreads(3).segmentSize(4096).bind();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Future<Integer> streams = Fixture.async(() -> countStreams(consumer));
      HydraProducer current = null;
      for (int id = 0; id < PRODUCERS; id++) {
        HydraProducer next = Fixture.produce(relay.address(), session);
        int mine = id;
        HydraProducer flooding = next;
        long before = flooding.acknowledged();
        Fixture.async(() -> flood(flooding, mine));
        Await.until("its frames arrive", () -> flooding.acknowledged() > before + 3);
        current = next;
      }
      HydraProducer ending = Fixture.produce(relay.address(), session);
      ending.close();

      assertThat(Fixture.join(streams)).isEqualTo(PRODUCERS);
      assertThat(current).isNotNull();
    }
  }

  private static RawPeer join(HydraServer relay, SessionSecrets session, RawPeer.Join join)
      throws Exception {
    return new RawPeer(relay.address(), session.id(), session.owner(), join);
  }

  private static RawPeer.Join backTo(long epoch) {
    return RawPeer.Join.backTo(epoch, 1, new byte[16]);
  }

  private static ErrorCode refusal(RawPeer peer) {
    return ErrorCode.ofWireCode(((ErrorMessage) peer.answer()).code()).orElseThrow();
  }

  @Test
  void aProducerThatSleptDoesNotThrowOutTheOneThatHasGoneOn() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    long epoch = 1_735_689_600_000L;
    try (HydraServer relay = HydraServer.builder().linger(Duration.ofMillis(50)).bind();
        RawPeer slept = join(relay, session, RawPeer.Join.producer())) {
      slept.head(epoch, epoch, 0);
      slept.awaitAck(0);
      try (RawPeer second = join(relay, session, RawPeer.Join.producer())) {
        // it has not opened its stream: nobody can know which of the two is the later one
        RawPeer early = join(relay, session, backTo(epoch));
        assertThat(early.joined().flags() & JoinedMessage.FLAG_RESUMED).isNotZero();
        RawPeer third = join(relay, session, RawPeer.Join.producer());
        third.head(epoch + 1, epoch + 1, 0);
        third.data(0, 1, 100);
        third.awaitAck(1);

        try (RawPeer back = join(relay, session, backTo(epoch))) {
          assertThat(refusal(back)).isEqualTo(ErrorCode.REPLACED);
          assertThat(((ErrorMessage) back.answer()).retryMs()).isEqualTo(ErrorMessage.NEVER);
        }
        third.data(1, 2, 100);
        third.awaitAck(2);

        // its own connection that is gone for it only, and a new process, take the slot as ever
        RawPeer again = join(relay, session, backTo(epoch + 1));
        assertThat(again.joined().seq()).isEqualTo(2);
        RawPeer fresh = join(relay, session, RawPeer.Join.producer());
        assertThat(fresh.joined().id()).isEqualTo(epoch + 1);
        RawPeer without = join(relay, session, backTo(0));
        assertThat(without.joined().id()).isEqualTo(epoch + 1);
        without.close();
        assertThat(second.await(ErrorMessage.class, any -> true).code())
            .isEqualTo(ErrorCode.REPLACED.wireCode());
      }
      // nobody is there, and then nothing is known any more
      Await.until("the session is forgotten", () -> relay.sessions() == 0);
      try (RawPeer last = join(relay, session, backTo(epoch))) {
        assertThat(last.joined().id()).isZero();
      }
    }
  }

  @Test
  void aProducerThatComesBackLateTakesAFreeSlot() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    long epoch = 1_735_689_600_000L;
    try (HydraServer relay = HydraServer.bindDefault()) {
      try (RawPeer later = join(relay, session, RawPeer.Join.producer())) {
        later.head(epoch + 9, epoch + 9, 0);
        later.await(AckMessage.class, ack -> ack.epoch() == epoch + 9);
      }
      Await.until("it is gone", () -> relay.connections() == 0);
      try (RawPeer back = join(relay, session, backTo(epoch))) {
        assertThat(back.joined().id()).isEqualTo(epoch + 9);
      }
    }
  }

  @Test
  void aSleeperEndsAndTheOneThatTookOverLives() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().idleTimeout(Duration.ofSeconds(2)).bind();
        RelayProxy network = RelayProxy.builder(relay.address()).socketBuffer(256 << 10).start();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      HydraProducer slept = HydraProducer.connect(network.address(), session);
      slept.broadcast(new byte[] {1});
      assertThat(Fixture.bytes(consumer.receive())).containsExactly(1);
      // given a producer whose network stands still for so long that the relay gives it up
      network.hold();
      Await.until("the relay has noticed", () -> isAway(relay));
      try (HydraProducer tookOver = Fixture.produce(relay.address(), session)) {
        tookOver.broadcast(new byte[] {2});
        Await.until("the relay has it", () -> tookOver.acknowledged() > 0);

        // when it wakes up
        network.release();

        // then it is told, and the other goes on
        Await.until("it has ended", () -> hasEnded(slept));
        assertThatThrownBy(() -> slept.broadcast(new byte[] {3}))
            .isInstanceOfSatisfying(
                HydraException.class,
                problem -> assertThat(problem.code()).isEqualTo(ErrorCode.REPLACED));
        tookOver.broadcast(new byte[] {4});
        assertThat(tookOver.flush(Duration.ofSeconds(20))).isTrue();
        assertThatThrownBy(consumer::receive).isInstanceOf(TruncatedException.class);
        assertThat(Fixture.bytes(consumer.receive())).containsExactly(2);
        assertThat(Fixture.bytes(consumer.receive())).containsExactly(4);
      }
    }
  }

  private static boolean isAway(HydraServer relay) {
    return relay.operator().sessions(Duration.ofSeconds(5)).stream()
        .allMatch(session -> session.state().equals("away"));
  }

  private static boolean hasEnded(HydraProducer producer) {
    try {
      producer.flush();
      return false;
    } catch (HydraException e) {
      return true;
    }
  }

  private static Void flood(HydraProducer producer, int id) {
    try {
      for (int i = 0; ; i++) {
        producer.broadcast(ByteBuffer.allocate(3000).putInt(0, id).putInt(4, i));
      }
    } catch (HydraException e) {
      return null; // replaced
    }
  }

  /** Each stream is a correct beginning of what its producer sent, and they come in order. */
  private static int countStreams(HydraConsumer consumer) {
    int stream = -1;
    int next = 0;
    while (true) {
      try {
        ByteBuffer view = consumer.receive();
        if (view == null) {
          return stream + 1;
        }
        int id = view.getInt();
        if (id != stream) {
          assertThat(id).isEqualTo(stream + 1);
          stream = id;
          next = 0;
        }
        assertThat(view.getInt()).isEqualTo(next++);
      } catch (TruncatedException e) {
        assertThat(stream).as("a stream that stopped without its end").isLessThan(PRODUCERS);
      }
    }
  }
}
