package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.peer.ClassicRaw;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients whose end comes with all that they have to say, or without anything, on every transport:
 * some of them read a FIN, and all in front of it, while the relay does not want to read. What
 * counts is what a consumer gets that comes later.
 */
@Timeout(120)
class ShortProducersIT {
  private static final String TRANSPORTS = "io.hydrasync.tests.support.AvailableTransports#all";
  private static final int ROUNDS = 40;
  private static final Duration HANDSHAKE = Duration.ofSeconds(4);

  private static HydraServer relay(Transport transport) {
    return HydraServer.builder()
        .transport(transport)
        .eventLoopThreads(2)
        .handshakeTimeout(HANDSHAKE)
        .bind();
  }

  private static int received(InetSocketAddress relay, SessionSecrets session) {
    try (HydraConsumer late = ClassicPeer.ourConsumer(relay, session)) {
      int messages = 0;
      while (ClassicPeer.next(late) != null) {
        messages++;
      }
      return messages;
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void whatAProducerSentBeforeItClosedAtOnceIsThere(Transport transport) throws Exception {
    try (HydraServer relay = relay(transport)) {
      for (int i = 0; i < ROUNDS; i++) {
        SessionSecrets session = ClassicPeer.session();
        try (HydraProducer producer = ClassicPeer.ourProducer(relay.address(), session)) {
          producer.broadcast(new byte[100]);
        }

        assertThat(received(relay.address(), session)).as("round " + i).isEqualTo(1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void joinDataAndEndInOnePieceAreTaken(Transport transport) throws Exception {
    try (HydraServer relay = relay(transport)) {
      for (int i = 0; i < ROUNDS; i++) {
        SessionSecrets session = ClassicPeer.session();
        byte[] frames = ClassicRaw.frames(session, 100, 3);
        try (ClassicRaw producer = ClassicRaw.silent(relay.address(), Role.PRODUCER, session)) {
          producer.joinWith(frames).finish();

          assertThat(producer.isEndedInOrder()).isTrue();
        }
        assertThat(received(relay.address(), session)).as("round " + i).isEqualTo(3);
      }
    }
  }

  /** More than anybody reads in one go, so that it comes in a thousand pieces. */
  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void whatCameBeforeItsEndWaitsWithAProducerForItsPlace(Transport transport) throws Exception {
    int frames = 2_000;
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = relay(transport);
        ClassicRaw first = ClassicRaw.joined(relay.address(), Role.PRODUCER, session);
        ClassicRaw second = ClassicRaw.silent(relay.address(), Role.PRODUCER, session)) {
      first.send(ClassicRaw.frames(session, 1, 1));
      Await.until("the first is there", () -> relay.logMemoryBytes() > 0);
      byte[] all = ClassicRaw.frames(session, 1_000, frames);
      Future<Boolean> sent = Fixture.async(() -> second.joinWith(all).finish().isEndedInOrder());
      assertThat(first.finish().isEndedInOrder()).isTrue();

      assertThat(Fixture.join(sent)).isTrue();
      assertThat(received(relay.address(), session)).isEqualTo(frames);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void whoIsRefusedAfterItsEndIsToldSoAndLeavesNothingOpen(Transport transport) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = relay(transport);
        ClassicRaw first = ClassicRaw.joined(relay.address(), Role.PRODUCER, session)) {
      first.send(ClassicRaw.frames(session, 1, 1));
      Await.until("the first is there", () -> relay.logMemoryBytes() > 0);
      try (ClassicRaw second = ClassicRaw.silent(relay.address(), Role.PRODUCER, session)) {
        second.joinWith(ClassicRaw.frames(session, 7, 1)).finish();

        assertThat(second.isEndedInOrder()).as("FIN would say that all was taken").isFalse();
        Await.until("it is gone", () -> relay.connections() == 1);
      }
      assertThat(first.finish().isEndedInOrder()).isTrue();
      assertThat(received(relay.address(), session)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void aRefusedProducerOfWire2ThatHasEndedIsToldWhy(Transport transport) throws Exception {
    SessionSecrets session = ClassicPeer.session(); // nobody owns it
    try (HydraServer relay = relay(transport);
        RawPeer first = RawPeer.produce(relay, session)) {
      byte[] data = RawPeer.frameBytes(Frames.DATA, 0, 100);
      try (RawPeer second =
          new RawPeer(
              relay.address(), session.id(), Optional.empty(), RawPeer.Join.producer(), 0, data)) {
        assertThat(((ErrorMessage) second.answer()).code())
            .isEqualTo(ErrorCode.PRODUCER_EXISTS.wireCode());
        Await.until("the relay has closed it", () -> relay.connections() == 1);
      }
      assertThat(first.joined().maxFrame()).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void whoEndsWithoutAWordBehindItsJoinIsForgotten(Transport transport) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = relay(transport);
        ClassicRaw first = ClassicRaw.joined(relay.address(), Role.PRODUCER, session)) {
      first.send(ClassicRaw.frames(session, 1, 1));
      Await.until("the first is there", () -> relay.logMemoryBytes() > 0);
      try (ClassicRaw second = ClassicRaw.joined(relay.address(), Role.PRODUCER, session)) {
        second.finish();
        Await.until("it is gone", () -> relay.connections() == 1);
        assertThat(first.finish().isEndedInOrder()).isTrue();
      }

      assertThat(received(relay.address(), session)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void aConsumerThatEndsBehindItsJoinIsForgotten(Transport transport) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = relay(transport)) {
      for (byte[] behind : new byte[][] {{}, {1, 2, 3}}) {
        try (ClassicRaw consumer = ClassicRaw.silent(relay.address(), Role.CONSUMER, session)) {
          consumer.joinWith(behind).finish();
          Await.until("it is gone", () -> relay.connections() == 0 && relay.sessions() == 0);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(TRANSPORTS)
  void aProbeThatResetsHasNotFailed(Transport transport) throws Exception {
    int probes = 10;
    try (HydraServer relay = relay(transport)) {
      InetSocketAddress at = relay.address();
      for (int i = 0; i < probes; i++) {
        Socket probe = new Socket(at.getAddress(), at.getPort());
        probe.setSoLinger(true, 0);
        probe.close();
      }
      Await.until("all are counted", () -> handshakes(relay, "unused", "failed") == probes);

      assertThat(handshakes(relay, "failed")).isZero();
    }
  }

  private static long handshakes(HydraServer relay, String... results) {
    long sum = 0;
    for (String result : results) {
      sum += relay.operator().status().handshakes().getOrDefault(result, 0L);
    }
    return sum;
  }
}
