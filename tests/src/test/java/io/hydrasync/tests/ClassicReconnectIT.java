package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.HydraServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Who comes back right after a close is let in, though the relay may not have read that close yet:
 * two loops, and clients as the crate has them, which do not wait for the relay's FIN.
 */
class ClassicReconnectIT {
  /** With {@code -Dhydra.reconnects=10000} for a longer look. */
  private static final int RECONNECTS = Integer.getInteger("hydra.reconnects", 1_000);

  private static final int LOOPS = 2;
  private static final int CAPACITY = 768 << 10;

  /** Twice what the log holds, and what is in sockets. */
  private static final int FRAMES = 32;

  private static final long BRIEFLY_NANOS = 1_000_000_000L;

  private final Session session = ClassicPeer.session();

  /** A client of the classic wire that says when each of its bytes goes out. */
  private static final class Raw implements Closeable {
    private static final SecureRandom RANDOM = new SecureRandom();
    private final Socket socket = new Socket();

    Raw(InetSocketAddress relay, Role role, Session session) throws Exception {
      socket.connect(relay);
      socket.setTcpNoDelay(true);
      ClassicHandshake handshake = new ClassicHandshake(RANDOM);
      send(handshake.hello());
      byte[] hello = in().readNBytes(ClassicHandshake.HELLO_LENGTH);
      send(
          new ClassicJoin(role, session.id())
              .seal(handshake.withServer(hello).transport(ClassicHandshake.DEFAULT_VERSION)));
    }

    InputStream in() throws IOException {
      return socket.getInputStream();
    }

    Raw send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      return this;
    }

    /** For the relay that is the close; this end can still see how the relay answers. */
    Raw finish() throws IOException {
      socket.shutdownOutput();
      return this;
    }

    /** Whether the relay ends the connection with FIN; a refused one is reset. */
    boolean isEndedInOrder() throws IOException {
      try {
        in().transferTo(OutputStream.nullOutputStream());
        return true;
      } catch (SocketException e) {
        return false;
      }
    }

    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private byte[] frame(int size) {
    byte[] frame = new byte[size + ClassicCipher.OVERHEAD];
    new ClassicCipher(session.key().secretBytes()).seal(new byte[size], 0, size, frame, 0);
    return frame;
  }

  private static HydraServer.Builder relay() {
    return HydraServer.builder().eventLoopThreads(LOOPS);
  }

  @Test
  void letsAProducerInThatReconnectsRightAfterItsClose() throws Exception {
    byte[] frame = frame(100);
    int refused = 0;
    try (HydraServer relay = relay().bind()) {
      Raw before = new Raw(relay.address(), Role.PRODUCER, session).send(frame).finish();
      for (int i = 1; i <= RECONNECTS; i++) {
        Raw next = new Raw(relay.address(), Role.PRODUCER, session);
        boolean sent = isSent(next, frame);
        refused += endsInOrder(before) ? 0 : 1;
        if (!sent) { // it is refused already
          refused++;
          next.close();
          next = new Raw(relay.address(), Role.PRODUCER, session).send(frame).finish();
        }
        before = next;
      }
      refused += endsInOrder(before) ? 0 : 1;
    }

    assertThat(refused).as("refused of " + RECONNECTS).isZero();
  }

  private static boolean isSent(Raw producer, byte[] frame) throws IOException {
    try {
      producer.send(frame).finish();
      return true;
    } catch (SocketException e) {
      return false;
    }
  }

  private static boolean endsInOrder(Raw producer) throws IOException {
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
        Raw consumer = new Raw(relay.address(), Role.CONSUMER, session);
        Raw first = new Raw(relay.address(), Role.PRODUCER, session)) {
      Future<Boolean> sent =
          Fixture.async(
              () -> {
                for (int i = 0; i < FRAMES; i++) {
                  first.send(frame);
                }
                return first.finish().isEndedInOrder();
              });
      Await.until("the log is full", () -> relay.logMemoryBytes() >= CAPACITY - (128 << 10));
      try (Raw second = new Raw(relay.address(), Role.PRODUCER, session).send(frame).finish()) {
        assertThat(consumer.isEndedInOrder()).as("it has got all").isTrue();
        assertThat(Fixture.join(sent)).isTrue();

        assertThat(second.isEndedInOrder()).as("it was let in").isTrue();
      }
    }
  }

  @Test
  void refusesASecondProducerAfterThatTimeAllTheSame() throws Exception {
    try (HydraServer relay = relay().bind();
        Raw first = new Raw(relay.address(), Role.PRODUCER, session)) {
      Await.until("the first is there", () -> relay.sessions() == 1);
      first.send(frame(1));
      long began = System.nanoTime();
      try (Raw second = new Raw(relay.address(), Role.PRODUCER, session)) {
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
        try (Raw first = new Raw(relay.address(), Role.PRODUCER, session).send(frame)) {
          Await.until("the relay has it", () -> relay.logMemoryBytes() > 0);
          new Raw(relay.address(), Role.PRODUCER, session).reset();
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
  void letsAConsumerInRightAfterTheLastOneItMayHaveClosed() throws Exception {
    AdmissionLimits one = limits(1);
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

  private static AdmissionLimits limits(int consumersPerSession) {
    AdmissionLimits all = AdmissionLimits.DEFAULT;
    return new AdmissionLimits(
        all.maxConnections(),
        all.connectionsPerAddress(),
        all.maxJoining(),
        all.joiningPerAddress(),
        all.joiningPer56(),
        all.joiningPer48(),
        all.maxSessions(),
        all.sessionsPerAddress(),
        consumersPerSession,
        all.handshakesPerSecond(),
        all.handshakeBurst(),
        all.loopbackExempt());
  }
}
