package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.client.internal.stream.LiarsTest;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.protocol.wire.WireCodes;
import io.hydrasync.protocol.wire.control.AckMessage;
import io.hydrasync.protocol.wire.control.ErrorMessage;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Relays that take the connection each time and never let anything through: how many connections
 * they get, and what the application hears. ({@link LiarsTest}: all kinds and rotations of them, in
 * virtual time.) The tests mostly wait, at the same time; 6 s of backoff is the longest.
 */
@Tag("any-jdk")
@Execution(ExecutionMode.CONCURRENT)
class LiarOverTcpTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();
  private static final int MESSAGES = 3;

  /** What a relay does over its nth connection, from 1. */
  private interface Script {
    void play(FakeRelay.Peer peer, int connection) throws Exception;
  }

  /** A relay of one script. */
  private static final class Liar implements AutoCloseable {
    private final FakeRelay relay = new FakeRelay();
    private final AtomicInteger connections = new AtomicInteger();

    Liar(Script script) throws IOException {
      Thread thread = new Thread(() -> serve(script));
      thread.setDaemon(true);
      thread.start();
    }

    private void serve(Script script) {
      try {
        while (true) {
          FakeRelay.Peer peer = relay.accept();
          int connection = connections.incrementAndGet();
          try (peer) {
            script.play(peer, connection);
          } catch (IOException e) {
            // the client has left, as it should
          }
        }
      } catch (Exception e) {
        // the test is over
      }
    }

    HydraConsumer consumer(UnaryOperator<HydraConsumer.Builder> options) {
      return options.apply(HydraConsumer.builder(relay.address(), SESSION)).connect();
    }

    HydraProducer producer(UnaryOperator<HydraProducer.Builder> options) {
      return options.apply(HydraProducer.builder(relay.address(), SESSION)).connect();
    }

    int connections() {
      return connections.get();
    }

    @Override
    public void close() throws IOException {
      relay.close();
    }
  }

  private static JoinedMessage joined(FakeRelay.Peer peer) {
    JoinMessage join = peer.join();
    boolean producer = join.role() == WireCodes.of(Role.PRODUCER);
    return new JoinedMessage(
        producer ? 0 : JoinedMessage.FLAG_PRODUCER_LIVE,
        Frames.MAX_LEN,
        producer ? 0 : join.id(),
        producer ? 0 : join.seq(),
        new byte[JoinMessage.RESUME_LENGTH],
        30);
  }

  private static void raw(FakeRelay.Peer peer, byte[]... frames) throws IOException {
    for (byte[] frame : frames) {
      peer.raw(frame);
    }
  }

  private static byte[] damaged(byte[] frame) {
    byte[] copy = frame.clone();
    copy[copy.length - 1] ^= 1;
    return copy;
  }

  private static HydraException failure(HydraConsumer consumer) {
    while (true) {
      try {
        consumer.receive();
      } catch (GapException e) {
        throw new AssertionError("a gap was told", e);
      } catch (HydraException e) {
        return e;
      }
    }
  }

  // ---- consumers ----

  /** Each connection is worse in another way, and none is bad three times. */
  @Test
  void threeFailuresOfThreeKindsAreFatal() throws Exception {
    SealedStream stream = new SealedStream(SESSION);
    byte[] first = stream.message("first");
    byte[] tooLate = lateFrame(stream);
    Script lies =
        (peer, connection) -> {
          peer.send(joined(peer));
          peer.raw(stream.head());
          switch (connection % 3) {
            case 1 -> raw(peer, first, first); // REPLAY
            case 2 -> peer.raw(peer.record(new byte[] {0, 0, 0, 1, 0})); // CORRUPT
            default -> raw(peer, first, tooLate); // GAP, where the first is old
          }
          peer.awaitFin();
        };
    try (Liar liar = new Liar(lies);
        HydraConsumer consumer = liar.consumer(builder -> builder)) {
      assertThat(consumer.receive()).isNotNull();
      HydraException end = failure(consumer);

      assertThat(end.code()).isIn(ErrorCode.REPLAY, ErrorCode.CORRUPT);
      assertThat(liar.connections()).isEqualTo(4); // the third may be a jump that nothing opens
    }
  }

  private static byte[] lateFrame(SealedStream stream) {
    stream.leaveOut();
    stream.leaveOut();
    return damaged(stream.message("late"));
  }

  @Test
  void aDamagedFrameFarAwayLeadsNowhere() throws Exception {
    SealedStream stream = new SealedStream(SESSION);
    byte[] first = stream.message("first");
    long far = Frames.SEQ_LIMIT - 1;
    byte[] bad = damaged(first);
    Frames.putU64(bad, Frames.SEQ_OFFSET, far);
    Script lies =
        (peer, connection) -> {
          peer.send(joined(peer));
          peer.raw(stream.head());
          if (connection == 1) {
            peer.raw(first);
          }
          peer.send(new GapMessage(stream.stream(), 1, far));
          peer.raw(bad);
          if (connection == 4) {
            peer.send(new ErrorMessage(ErrorCode.KICKED.wireCode(), ErrorMessage.NEVER, "enough"));
            peer.awaitFin();
          } else if (connection < 3) {
            peer.awaitFin();
          }
        };
    try (Liar liar = new Liar(lies);
        HydraConsumer consumer = liar.consumer(builder -> builder)) {
      assertThat(consumer.receive()).isNotNull();
      assertThat(failure(consumer).code()).isEqualTo(ErrorCode.KICKED);
      assertThat(consumer.position()).map(Position::next).contains(1L);
    }
  }

  @Test
  void aRelayThatOnlySendsTheHeadHasTheReconnectTimeout() throws Exception {
    SealedStream stream = new SealedStream(SESSION);
    Script lies =
        (peer, connection) -> {
          peer.send(joined(peer));
          peer.raw(stream.head());
          peer.raw(stream.head());
        };
    try (Liar liar = new Liar(lies);
        HydraConsumer consumer =
            liar.consumer(builder -> builder.reconnectTimeout(Duration.ofSeconds(3)))) {
      HydraException end = failure(consumer);

      assertThat(end.code()).isEqualTo(ErrorCode.TRUNCATED);
      assertThat(end).hasMessageContaining("without a connection");
      assertThat(liar.connections()).isBetween(3, 8);
    }
  }

  /** Which verifies over each connection, and was delivered over the first. */
  @Test
  void aRelayThatSendsTheFirstFrameAgainHasTheReconnectTimeout() throws Exception {
    SealedStream stream = new SealedStream(SESSION);
    byte[] first = stream.message("first");
    Script lies =
        (peer, connection) -> {
          peer.send(joined(peer));
          peer.raw(stream.head());
          peer.raw(first);
        };
    try (Liar liar = new Liar(lies);
        HydraConsumer consumer =
            liar.consumer(builder -> builder.reconnectTimeout(Duration.ofSeconds(3)))) {
      assertThat(consumer.receive()).isNotNull();

      assertThat(failure(consumer).code()).isEqualTo(ErrorCode.TRUNCATED);
      assertThat(liar.connections()).isBetween(3, 8);
    }
  }

  /**
   * What does not verify, and a HEAD that had come, does not look as if the producer were heard.
   */
  @Test
  void aStreamIsHeldBackWhateverTheRelaySendsInItsPlace() throws Exception {
    SealedStream stream = new SealedStream(SESSION);
    AtomicLong now = new AtomicLong();
    List<Stall> told = new CopyOnWriteArrayList<>();
    CountDownLatch received = new CountDownLatch(1);
    byte[] first = stream.message("first");
    Script lies =
        (peer, connection) -> {
          peer.send(joined(peer));
          raw(peer, stream.head(), first);
          received.await();
          for (int i = 0; i < 3; i++) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(20));
            peer.raw(stream.head());
            peer.send(new PongMessage(i)); // for this it looks at the clock
          }
          peer.send(new ErrorMessage(ErrorCode.KICKED.wireCode(), ErrorMessage.NEVER, "enough"));
          peer.awaitFin();
        };
    try (Liar liar = new Liar(lies);
        HydraConsumer consumer = liar.consumer(b -> b.clock(now::get).onStall(told::add))) {
      assertThat(consumer.receive()).isNotNull();
      received.countDown();
      assertThat(failure(consumer).code()).isEqualTo(ErrorCode.KICKED);
      assertThat(told).extracting(Stall::kind).contains(Stall.Kind.SILENT);
    }
  }

  // ---- producers ----

  private static void send(HydraProducer producer) {
    for (int i = 0; i < MESSAGES; i++) {
      producer.broadcast(new byte[] {(byte) i});
    }
  }

  private static HydraException failure(HydraProducer producer) {
    HydraException end =
        catchThrowableOfType(HydraException.class, () -> producer.flush(Duration.ofSeconds(60)));
    producer.abort();
    assertThat(end).isNotNull();
    return end;
  }

  /** Reads the HEAD and the frames, and says something about them. */
  private static void take(FakeRelay.Peer peer, List<Long> acknowledgments) throws IOException {
    byte[] frame = peer.relayed();
    Head head = Head.parse(frame, SESSION.id());
    for (int i = 0; i < MESSAGES; i++) {
      peer.relayed();
    }
    for (long next : acknowledgments) {
      peer.send(new AckMessage(head.epoch(), head.digest(), next, 1));
    }
  }

  private static Script forgets(Long... acknowledgments) {
    return (peer, connection) -> {
      peer.send(joined(peer));
      peer.send(new AckMessage(0, new byte[8], 0, 1));
      take(peer, List.of(acknowledgments));
    };
  }

  @Test
  void aRelayThatNeverAcknowledgesIsGivenUpAtTheSixthTimeOfAll() throws Exception {
    try (Liar liar = new Liar(forgets())) {
      HydraProducer producer = liar.producer(builder -> builder);
      send(producer);
      HydraException end = failure(producer);

      assertThat(end.code()).isEqualTo(ErrorCode.CORRUPT);
      assertThat(end).hasMessageContaining("no acknowledgment");
      assertThat(liar.connections()).isEqualTo(7);
    }
  }

  @Test
  void aRelayThatAcknowledgesTheHeadOnlyIsGivenUpAtTheSixthTimeOfAll() throws Exception {
    try (Liar liar = new Liar(forgets(0L, 0L))) {
      HydraProducer producer = liar.producer(builder -> builder);
      send(producer);

      assertThat(failure(producer).code()).isEqualTo(ErrorCode.CORRUPT);
      assertThat(liar.connections()).isEqualTo(7);
    }
  }

  @Test
  void aRelayThatAcknowledgesAndForgetsHasTheReconnectTimeout() throws Exception {
    for (Long[] acknowledgments : new Long[][] {{2L}, {2L, 1L, 0L, 2L}}) {
      try (Liar liar = new Liar(forgets(acknowledgments))) {
        HydraProducer producer =
            liar.producer(builder -> builder.reconnectTimeout(Duration.ofSeconds(2)));
        send(producer);
        HydraException end = failure(producer);

        assertThat(end.code()).isEqualTo(ErrorCode.DISCONNECTED);
        assertThat(end).hasMessageContaining("without a connection");
        assertThat(liar.connections()).isBetween(3, 8);
      }
    }
  }

  @Test
  void aProducerWithoutFramesIsNotHeldByARelayThatTakesItsHeadEachTime() throws Exception {
    Script lies =
        (peer, connection) -> {
          peer.send(joined(peer));
          Head head = Head.parse(peer.relayed(), SESSION.id());
          peer.send(new AckMessage(head.epoch(), head.digest(), 0, 0));
        };
    try (Liar liar = new Liar(lies)) {
      HydraProducer producer =
          liar.producer(builder -> builder.reconnectTimeout(Duration.ofSeconds(2)));
      HydraException end =
          catchThrowableOfType(
              HydraException.class, () -> producer.awaitConsumers(1, Duration.ofSeconds(60)));
      producer.abort();

      assertThat(end.code()).isEqualTo(ErrorCode.DISCONNECTED);
      assertThat(liar.connections()).isBetween(3, 8);
    }
  }

  @Test
  void aRelayThatTakesOneMoreOverEachConnectionGetsAll() throws Exception {
    Script slow =
        (peer, connection) -> {
          peer.send(joined(peer));
          take(peer, List.of((long) Math.min(connection, MESSAGES)));
          if (connection >= MESSAGES) {
            peer.awaitFin();
          }
        };
    try (Liar liar = new Liar(slow)) {
      HydraProducer producer = liar.producer(builder -> builder);
      send(producer);

      assertThat(producer.flush(Duration.ofSeconds(60))).isTrue();
      assertThat(liar.connections()).isEqualTo(MESSAGES);
      producer.abort();
    }
  }
}
