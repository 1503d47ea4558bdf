package io.hydrasync.tests.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.network.FrameProxy;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A relay, or somebody on the way from it, that changes what it should only copy. */
@Tag("any-jdk")
public class TamperingIT {
  private static final int PARALLEL = 100;
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final List<byte[]> MESSAGES = new ArrayList<>();
  private static final byte[][] NOTHING = {};
  private static HydraServer relay;

  @BeforeAll
  static void publish() {
    relay = HydraServer.builder().linger(Duration.ofMinutes(10)).bind();
    try (HydraProducer producer = Fixture.produce(relay.address(), SESSION)) {
      for (int i = 0; i < 3; i++) {
        byte[] message = Fixture.message(i, 5 + i);
        producer.broadcast(message);
        MESSAGES.add(message);
      }
      for (int i = 0; i < 2; i++) {
        byte[] message = Fixture.message(i, 3);
        producer.write(message);
        MESSAGES.add(message);
      }
    }
  }

  @AfterAll
  static void close() {
    relay.close();
  }

  /** Receives through a proxy; anything but a correct beginning of the messages fails. */
  private static List<byte[]> receive(FrameProxy proxy) {
    List<byte[]> received = new ArrayList<>();
    try (HydraConsumer consumer = HydraConsumer.builder(proxy.address(), SESSION).connect()) {
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        received.add(Fixture.bytes(view));
        assertThat(received).containsExactlyElementsOf(MESSAGES.subList(0, received.size()));
      }
      return received;
    }
  }

  private static HydraException failure(FrameProxy.Tap tap) throws Exception {
    try (FrameProxy proxy = new FrameProxy(relay.address(), tap)) {
      receive(proxy);
    } catch (HydraException e) {
      return e;
    }
    throw new AssertionError("nothing was noticed");
  }

  private static List<Integer> frameLengths() throws Exception {
    ConcurrentHashMap<Integer, Integer> lengths = new ConcurrentHashMap<>();
    FrameProxy.Tap tap =
        (connection, index, frame) -> {
          lengths.put(index, frame.length);
          return new byte[][] {frame};
        };
    try (FrameProxy proxy = new FrameProxy(relay.address(), tap)) {
      assertThat(receive(proxy)).containsExactlyElementsOf(MESSAGES);
    }
    List<Integer> inOrder = new ArrayList<>();
    for (int i = 0; lengths.containsKey(i); i++) {
      inOrder.add(lengths.get(i));
    }
    assertThat(inOrder).hasSizeGreaterThanOrEqualTo(6);
    return inOrder;
  }

  /** Flips a bit on the first connections only. */
  private static FrameProxy.Tap flip(int frameIndex, int bit, int connections) {
    return (connection, index, frame) -> {
      if (index == frameIndex && connection < connections) {
        frame[bit / 8] ^= (byte) (1 << bit % 8);
      }
      return new byte[][] {frame};
    };
  }

  @Test
  void neverDeliversAWrongByteWhateverBitOfARelayedFrameFlips() throws Exception {
    List<Integer> lengths = frameLengths();
    ExecutorService pool = Executors.newFixedThreadPool(PARALLEL);
    List<Future<?>> attempts = new ArrayList<>();
    for (int frame = 0; frame < lengths.size(); frame++) {
      for (int bit = 0; bit < 8 * lengths.get(frame); bit++) {
        FrameProxy.Tap tap = flip(frame, bit, 1);
        attempts.add(pool.submit(() -> heals(tap)));
      }
    }
    for (Future<?> attempt : attempts) {
      attempt.get();
    }
    pool.shutdown();
    assertThat(attempts).hasSize(8 * lengths.stream().mapToInt(Integer::intValue).sum());
  }

  private static Void heals(FrameProxy.Tap tap) throws Exception {
    try (FrameProxy proxy = new FrameProxy(relay.address(), tap)) {
      assertThat(receive(proxy)).containsExactlyElementsOf(MESSAGES);
      assertThat(proxy.connections()).isGreaterThan(1);
    }
    return null;
  }

  @Test
  void announcesAFrameThatIsDamagedEachTimeAsAGap() throws Exception {
    HydraException problem =
        failure(
            (connection, index, frame) -> {
              if (isFrame(frame, 1)) {
                frame[20] ^= 1;
              }
              return new byte[][] {frame};
            });

    assertThat(problem).isInstanceOf(GapException.class);
    assertThat(((GapException) problem).from()).isEqualTo(1);
    assertThat(((GapException) problem).to()).isEqualTo(2);
  }

  @Test
  void noticesADroppedFrame() throws Exception {
    HydraException problem =
        failure((connection, index, frame) -> isFrame(frame, 1) ? NOTHING : new byte[][] {frame});

    assertThat(problem).isInstanceOf(GapException.class);
  }

  @Test
  void deliversARepeatedFrameOnce() throws Exception {
    heals(
        (connection, index, frame) ->
            isFrame(frame, 1) ? new byte[][] {frame, frame} : new byte[][] {frame});
  }

  @Test
  void deliversFramesInOrderThoughTwoWereSwapped() throws Exception {
    byte[][] held = new byte[1][];
    heals(
        (connection, index, frame) -> {
          if (connection == 0 && isFrame(frame, 1)) {
            held[0] = frame;
            return NOTHING;
          }
          return connection == 0 && isFrame(frame, 2)
              ? new byte[][] {frame, held[0]}
              : new byte[][] {frame};
        });
  }

  @Test
  void noticesThatTheEndIsWithheld() throws Exception {
    HydraException problem =
        failure(
            (connection, index, frame) ->
                (frame[4] & 0xFF) == 0x14 ? NOTHING : new byte[][] {frame});

    assertThat(problem).isInstanceOf(TruncatedException.class);
  }

  @Test
  void noticesASwappedHead() throws Exception {
    SessionSecrets other = SessionSecrets.generate();
    byte[][] foreign = new byte[1][];
    try (HydraServer elsewhere = HydraServer.bindDefault()) {
      Fixture.produce(elsewhere.address(), other).close();
      FrameProxy.Tap steal =
          (connection, index, frame) -> {
            if (index == 0) {
              foreign[0] = frame.clone();
            }
            return new byte[][] {frame};
          };
      try (FrameProxy proxy = new FrameProxy(elsewhere.address(), steal);
          HydraConsumer consumer = HydraConsumer.builder(proxy.address(), other).connect()) {
        assertThat(consumer.receive()).isNull();
      }
    }

    HydraException problem =
        failure((connection, index, frame) -> new byte[][] {index == 0 ? foreign[0] : frame});

    assertThat(problem.code()).isEqualTo(ErrorCode.BAD_SIGNATURE);
  }

  @Test
  void refusesAnotherRelayKeyBeforeTheSessionIdIsSent() throws Exception {
    try (HydraServer impostor = HydraServer.bindDefault();
        FrameProxy proxy =
            new FrameProxy(impostor.address(), (c, i, frame) -> new byte[][] {frame})) {
      assertThatThrownBy(
              () ->
                  HydraConsumer.builder(proxy.address(), SESSION)
                      .relayKey(relay.relayKey())
                      .connect())
          .isInstanceOfSatisfying(
              HydraException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH));
      assertThat(proxy.bytesToRelay()).as("magic and message 1").isEqualTo(40);
    }
  }

  @Test
  void findsAWrongSessionKeyWithinTwoSeconds() {
    long began = System.nanoTime();
    try (HydraConsumer consumer =
        HydraConsumer.builder(
                relay.address(), new SessionSecrets(SESSION.id(), SessionSecrets.generate().key()))
            .connect()) {
      assertThatThrownBy(consumer::receive)
          .isInstanceOfSatisfying(
              HydraException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.WRONG_KEY));
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
  }

  private static boolean isFrame(byte[] frame, long seq) {
    return (frame[4] & 0xFF) != 0x10 && ByteBuffer.wrap(frame).getLong(5) == seq;
  }
}
