package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.ByeMessage;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A relay that has a transport key and lies: what a client makes of each lie, by its type. */
@Tag("any-jdk")
@Execution(ExecutionMode.CONCURRENT)
class LyingRelayTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final byte[] NO_TOKEN = new byte[JoinMessage.RESUME_LENGTH];
  private static final int MAX = Frames.MAX_LEN;

  /** What a relay does once a client has sent JOIN. */
  interface Script {
    void play(FakeRelay.Peer peer) throws IOException;
  }

  private static JoinedMessage joined(int maxFrame) {
    return new JoinedMessage(JoinedMessage.FLAG_PRODUCER_LIVE, maxFrame, 0, 0, NO_TOKEN, 30);
  }

  private static byte[] frame(int type, byte[] body) {
    return ByteBuffer.allocate(Frames.PREFIX + body.length)
        .putInt(1 + body.length)
        .put((byte) type)
        .put(body)
        .array();
  }

  private static byte[] u32(long value) {
    return ByteBuffer.allocate(4).putInt((int) value).array();
  }

  private static Arguments lie(String name, Script script) {
    return Arguments.of(Named.of(name, script));
  }

  private static Script inner(byte[] inner) {
    return peer -> peer.raw(peer.record(inner));
  }

  private static Script outer(byte[] bytes) {
    return peer -> peer.raw(bytes);
  }

  private static byte[] damaged(byte[] record, int at) {
    byte[] copy = record.clone();
    copy[at] ^= 1;
    return copy;
  }

  /** What neither role may ever get, before JOINED or after it: CORRUPT. */
  static Stream<Arguments> lies() {
    return Stream.of(
        lie("a frame of length 0", outer(u32(0))),
        lie("a frame of length 2^31-1", outer(u32(Integer.MAX_VALUE))),
        lie("a frame of length 2^32-1", outer(u32(-1))),
        lie("a frame one byte too long", outer(u32(MAX + 1L))),
        lie("an unknown frame", outer(frame(0x16, new byte[40]))),
        lie("a control frame outside SEALED", outer(frame(PongMessage.TYPE, new byte[8]))),
        lie("a record without a tag", outer(frame(Frames.SEALED, new byte[16]))),
        lie("a record that is too long", outer(frame(Frames.SEALED, new byte[65_536]))),
        lie("a record of zeros", outer(frame(Frames.SEALED, new byte[65]))),
        lie("a damaged tag", p -> p.raw(damaged(p.record(new byte[30]), 40))),
        lie("a damaged record", p -> p.raw(damaged(p.record(new byte[30]), 9))),
        lie("a record of another place", p -> p.raw(skipped(p))),
        lie("an inner frame of length 0", inner(u32(0))),
        lie("an inner frame of length 2^31-1", inner(u32(Integer.MAX_VALUE))),
        lie("an inner frame of length 2^32-1", inner(u32(-1))),
        lie("an inner frame above 1 MiB", inner(u32(Control.MAX_LEN_TO_CLIENT + 1))),
        lie("SEALED inside SEALED", inner(frame(Frames.SEALED, new byte[40]))),
        lie("a relayed frame inside SEALED", inner(frame(Frames.DATA, new byte[40]))),
        lie("an unknown control", inner(frame(0x90, new byte[3]))),
        lie("JOIN", inner(frame(JoinMessage.TYPE, new byte[JoinMessage.LENGTH]))),
        lie("PING", inner(frame(PingMessage.TYPE, new byte[8]))),
        lie("BYE", inner(frame(ByeMessage.TYPE, new byte[0]))),
        lie("a JOINED cut short", inner(frame(JoinedMessage.TYPE, new byte[38]))),
        lie("a GAP cut short", inner(frame(GapMessage.TYPE, new byte[23]))),
        lie("a STATE without state", inner(frame(StateMessage.TYPE, new byte[0]))),
        lie("an ERROR cut short", inner(frame(ErrorMessage.TYPE, new byte[5]))));
  }

  private static byte[] skipped(FakeRelay.Peer peer) {
    peer.record(new byte[30]);
    return peer.record(new byte[30]);
  }

  /** Plays the script on every connection, until the client stops coming. */
  private static void serve(FakeRelay relay, Script script) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  script.play(relay.accept());
                }
              } catch (Exception e) {
                // the test is over
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static HydraConsumer consume(InetSocketAddress relay) {
    return HydraConsumer.builder(relay, SESSION).connect();
  }

  private static void assertCode(ErrorCode code, ThrowingCallable step) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(HydraException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void corruptInPlaceOfJoined(Script lie) throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(relay, lie);

      assertCode(ErrorCode.CORRUPT, () -> consume(relay.address()).close());
      assertCode(ErrorCode.CORRUPT, () -> HydraProducer.connect(relay.address(), SESSION).abort());
    }
  }

  @ParameterizedTest
  @MethodSource("lies")
  void corruptToAConsumerBehindJoined(Script lie) throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(
          relay,
          peer -> {
            peer.send(joined(Integer.MAX_VALUE)); // the limit is believed up to the wire's own
            lie.play(peer);
          });
      try (HydraConsumer consumer = consume(relay.address())) {
        assertCode(ErrorCode.CORRUPT, consumer::receive);
        assertCode(ErrorCode.CORRUPT, consumer::receive); // it sticks
      }
    }
  }

  @ParameterizedTest
  @MethodSource("lies")
  void corruptToAProducerBehindJoined(Script lie) throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(
          relay,
          peer -> {
            peer.send(joined(MAX));
            lie.play(peer);
          });
      HydraProducer producer = HydraProducer.connect(relay.address(), SESSION);
      assertCode(ErrorCode.CORRUPT, () -> broadcastUntilItFails(producer));
      producer.abort();
    }
  }

  @Test
  void anUnreadCutShortConcernsProducersOnly() throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(
          relay,
          peer -> {
            peer.send(joined(MAX));
            peer.raw(peer.record(frame(UnreadMessage.TYPE, new byte[23])));
            if (peer.join().role() == WireCodes.of(Role.CONSUMER)) {
              peer.send(new StateMessage(StateMessage.ENDED));
              peer.close();
            }
          });
      HydraProducer producer = HydraProducer.connect(relay.address(), SESSION);
      assertCode(ErrorCode.CORRUPT, () -> broadcastUntilItFails(producer));
      producer.abort();
      try (HydraConsumer consumer = consume(relay.address())) {
        assertCode(ErrorCode.TRUNCATED, consumer::receive);
      }
    }
  }

  private static void broadcastUntilItFails(HydraProducer producer) {
    while (true) {
      producer.broadcast(
          new byte[1 << 20]); // the ring fills up, and the relay acknowledges nothing
    }
  }

  @Test
  void relayedFramesInPlaceOfJoinedAreCorrupt() throws IOException {
    for (int type = Frames.HEAD; type <= Frames.CHECK; type++) {
      byte[] early = frame(type, new byte[200]);
      try (FakeRelay relay = new FakeRelay()) {
        serve(relay, outer(early));

        assertCode(ErrorCode.CORRUPT, () -> consume(relay.address()).close());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 95})
  void aHandshakeThatBreaksOffIsADisconnection(int length) throws Exception {
    byte[] beginning = Arrays.copyOf(Magic.bytes(), length);
    if (length == 8) {
      beginning[7] = 0; // all of our magic would be another version's relay
      beginning[0] = 'X';
    }
    try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      answer(listener, beginning, 0);

      assertCode(
          ErrorCode.DISCONNECTED,
          () -> consume((InetSocketAddress) listener.getLocalSocketAddress()));
    }
  }

  @Test
  void anotherVersionIsReportedAsThat() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      answer(listener, "HYDRA3\r\n".getBytes(US_ASCII), 0);

      assertCode(
          ErrorCode.VERSION, () -> consume((InetSocketAddress) listener.getLocalSocketAddress()));
    }
  }

  /** Answers each connection with some bytes, one by one, and closes it. */
  private static void answer(ServerSocket listener, byte[] bytes, long pauseNanos) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  drip(listener.accept(), bytes, pauseNanos);
                }
              } catch (IOException e) {
                // the test is over
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private static void drip(Socket socket, byte[] bytes, long pauseNanos) throws IOException {
    try (socket) {
      socket.getInputStream().readNBytes(40);
      OutputStream out = socket.getOutputStream();
      for (byte b : bytes) {
        out.write(b);
        LockSupport.parkNanos(pauseNanos);
      }
    } catch (IOException e) {
      // the client has given up, as it should
    }
  }

  @Test
  void aHandshakeThatComesByteByByteEndsWithTheConnectTimeout() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      answer(listener, new byte[1000], 50_000_000L);
      long began = System.nanoTime();

      assertCode(
          ErrorCode.TIMEOUT,
          () ->
              HydraConsumer.builder((InetSocketAddress) listener.getLocalSocketAddress(), SESSION)
                  .connectTimeout(Duration.ofMillis(400))
                  .connect());
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    }
  }

  @Test
  void aFrameThatComesByteByByteDoesNotHoldReceiveBeyondItsTimeout() throws IOException {
    try (FakeRelay relay = new FakeRelay()) {
      serve(
          relay,
          peer -> {
            peer.send(joined(MAX));
            peer.raw(u32(1000));
            while (true) {
              peer.raw(new byte[1]);
              LockSupport.parkNanos(20_000_000L);
            }
          });
      try (HydraConsumer consumer = consume(relay.address())) {
        long began = System.nanoTime();
        assertThatThrownBy(() -> consumer.receive(Duration.ofMillis(300)))
            .isInstanceOf(ReceiveTimeoutException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
      }
    }
  }
}
