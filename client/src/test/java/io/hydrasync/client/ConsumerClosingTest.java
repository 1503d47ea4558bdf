package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.connection.Attempt;
import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.client.internal.consumer.ConsumerLink;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.wire.control.GapMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import io.hydrasync.protocol.wire.control.StateMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Closing, deadlines, two threads and listeners that throw: what {@code receive} makes of them. */
@Timeout(60)
class ConsumerClosingTest {
  private static final byte[] NO_TOKEN = new byte[JoinMessage.RESUME_LENGTH];
  private static final Duration AT_ONCE = Duration.ofMillis(500);

  private final SessionSecrets session = SessionSecrets.generate();
  private final SealedStream stream = new SealedStream(session);
  private final List<AutoCloseable> open = new ArrayList<>();
  private FakeRelay relay;
  private FakeRelay.Peer peer;

  @BeforeEach
  void bind() throws IOException {
    relay = new FakeRelay();
    open.add(relay);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private HydraConsumer connect(UnaryOperator<HydraConsumer.Builder> options) throws Exception {
    HydraConsumer.Builder builder =
        HydraConsumer.builder(relay.address(), session).reconnectTimeout(Duration.ofHours(1));
    Worker<HydraConsumer> connecting = Worker.start(options.apply(builder)::connect);
    peer = accept(0, 0);
    HydraConsumer consumer = connecting.get();
    open.add(consumer);
    peer.raw(stream.head());
    return consumer;
  }

  private HydraConsumer connect() throws Exception {
    return connect(builder -> builder);
  }

  private FakeRelay.Peer accept(long name, long seq) throws Exception {
    FakeRelay.Peer next = relay.accept();
    open.add(next);
    next.send(
        new JoinedMessage(JoinedMessage.FLAG_PRODUCER_LIVE, 1 << 20, name, seq, NO_TOKEN, 30));
    return next;
  }

  private static String text(HydraConsumer consumer) {
    ByteBuffer message = consumer.receive(Duration.ofSeconds(15));
    return UTF_8.decode(Objects.requireNonNull(message)).toString();
  }

  private static boolean isIn(Thread thread, Class<?> type, String method) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(
            frame ->
                frame.getMethodName().equals(method)
                    && frame.getClassName().equals(type.getName()));
  }

  private static void assertEndsAtOnce(HydraConsumer consumer, Worker<?> receiving) {
    long began = System.nanoTime();
    consumer.close();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(AT_ONCE);
    assertThatThrownBy(receiving::get).isInstanceOf(ClosedException.class);
    assertThat(receiving.took(began)).isLessThan(AT_ONCE);
  }

  static Stream<ThreadKind> kinds() {
    return ThreadKind.all().stream();
  }

  // ---- close ----

  @ParameterizedTest
  @MethodSource("kinds")
  void endsACallThatWaitsForTheNetwork(ThreadKind kind) throws Exception {
    HydraConsumer consumer = connect();
    Worker<ByteBuffer> receiving = Worker.start(kind, consumer::receive);
    Worker.until("it waits", () -> isIn(receiving.thread(), FrameReader.class, "read"));

    assertEndsAtOnce(consumer, receiving);
    assertThat(peer.isAtEnd()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsACallThatWaitsToConnect(ThreadKind kind) throws Exception {
    HydraConsumer consumer = connect();
    relay.close();
    peer.close();
    Worker<ByteBuffer> receiving = Worker.start(kind, consumer::receive);
    Worker.until("it waits", () -> isIn(receiving.thread(), ConsumerLink.class, "awaitAttempt"));

    assertEndsAtOnce(consumer, receiving);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsACallWhoseAttemptHangs(ThreadKind kind) throws Exception {
    HydraConsumer consumer = connect();
    peer.close();
    Worker<ByteBuffer> receiving = Worker.start(kind, consumer::receive);
    FakeRelay.Peer hanging = relay.accept(); // and does not answer JOIN
    open.add(hanging);
    Worker.until("it waits", () -> isIn(receiving.thread(), Attempt.class, "await"));

    assertEndsAtOnce(consumer, receiving);
    assertThat(hanging.isAtEnd()).as("the socket of the attempt is closed").isTrue();
  }

  @Test
  void closesAConnectionThatNobodyHasTakenOver() throws Exception {
    HydraConsumer consumer = connect();
    peer.close();
    Worker<ByteBuffer> receiving = Worker.start(consumer::receive);
    FakeRelay.Peer hanging = relay.accept();
    open.add(hanging);
    receiving.interrupt();
    assertThatThrownBy(receiving::get).isNotInstanceOf(ClosedException.class);
    hanging.send(new JoinedMessage(0, 1 << 20, 0, 0, NO_TOKEN, 30));
    consumer.close();

    assertThat(hanging.isAtEnd()).isTrue();
  }

  @Test
  void tellsWhatWasKnownAfterItIsClosed() throws Exception {
    HydraConsumer consumer = connect(b -> b.start(HydraConsumer.Start.OLDEST));
    peer.raw(stream.batch("a", "b", "c"));
    assertThat(text(consumer)).isEqualTo("a");
    assertThat(text(consumer)).isEqualTo("b");
    Position position = consumer.position().orElseThrow();
    RelayKey key = consumer.relayKey();

    consumer.close();
    consumer.close();

    assertThat(consumer.position()).contains(position);
    assertThat(consumer.relayKey()).isEqualTo(key);
    assertThat(consumer.isEnded()).isFalse();
    assertThat(consumer.isReady()).isFalse();
    assertThat(consumer.missedBefore()).isZero();
    assertThatThrownBy(consumer::receive).isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> consumer.receive(Duration.ZERO)).isInstanceOf(ClosedException.class);
  }

  @Test
  void tellsThatItHadEndedAfterItIsClosed() throws Exception {
    HydraConsumer consumer = connect();
    peer.raw(stream.end());
    assertThat(consumer.receive()).isNull();
    consumer.close();

    assertThat(consumer.isEnded()).isTrue();
    assertThatThrownBy(consumer::receive).isInstanceOf(ClosedException.class);
  }

  @Test
  void givesAnotherThreadThePositionOfACallThatIsEnding() throws Exception {
    HydraConsumer consumer = connect();
    peer.raw(stream.message("a"));
    text(consumer);
    Worker<ByteBuffer> receiving = Worker.start(consumer::receive);
    Worker.until("it waits", () -> isIn(receiving.thread(), FrameReader.class, "read"));
    consumer.close();

    assertThat(consumer.position().orElseThrow().next()).isEqualTo(1);
    assertThatThrownBy(receiving::get).isInstanceOf(ClosedException.class);
  }

  // ---- deadlines ----

  @Test
  void keepsItsDeadlineWhileAnAttemptHangs() throws Exception {
    HydraConsumer consumer = connect();
    peer.close();
    long began = System.nanoTime();

    assertThatThrownBy(() -> consumer.receive(Duration.ofSeconds(1)))
        .isInstanceOf(ReceiveTimeoutException.class);

    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isBetween(Duration.ofMillis(990), Duration.ofSeconds(2));
  }

  /** Shorter than the pauses between attempts, and than an attempt: it must come to one at last. */
  @Test
  void reconnectsByCallsThatAreShorterThanAnAttempt() throws Exception {
    HydraConsumer consumer = connect();
    peer.close();
    Worker<String> polling =
        Worker.start(
            () -> {
              while (true) {
                try {
                  ByteBuffer message = consumer.receive(Duration.ofMillis(5));
                  return UTF_8.decode(Objects.requireNonNull(message)).toString();
                } catch (ReceiveTimeoutException e) {
                  // once more
                }
              }
            });
    FakeRelay.Peer again = accept(0, 0);
    again.raw(stream.head());
    again.raw(stream.message("a"));

    assertThat(polling.get()).isEqualTo("a");
  }

  @Test
  void keepsItsDeadlineWhileARelayTalksOfOtherThings() throws Exception {
    HydraConsumer consumer = connect();
    Worker<Void> talking =
        Worker.start(
            () -> {
              while (true) {
                peer.send(new PongMessage(1));
              }
            });
    long began = System.nanoTime();

    assertThatThrownBy(() -> consumer.receive(Duration.ofMillis(200)))
        .isInstanceOf(ReceiveTimeoutException.class);

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(1200));
    peer.close();
    assertThatThrownBy(talking::get).isInstanceOf(IOException.class);
  }

  @Test
  void takesEveryTimeout() throws Exception {
    HydraConsumer consumer = connect();
    for (Duration timeout :
        List.of(Duration.ZERO, Duration.ofSeconds(Long.MIN_VALUE), Duration.ofNanos(-1))) {
      assertThatThrownBy(() -> consumer.receive(timeout))
          .isInstanceOf(ReceiveTimeoutException.class);
    }
    peer.raw(stream.message("a"));
    assertThat(consumer.receive(Duration.ofSeconds(Long.MAX_VALUE))).isNotNull();
  }

  // ---- the end ----

  @Test
  void throwsTheSameAgainOnceTheSessionIsTruncated() throws Exception {
    HydraConsumer consumer = connect();
    peer.send(new StateMessage(StateMessage.ENDED));
    peer.close();
    SessionTruncatedException first = truncated(consumer);

    for (int i = 0; i < 1_000; i++) {
      assertThat(truncated(consumer)).isSameAs(first);
    }
    assertThat(first.isRetryable()).isFalse();
  }

  private static SessionTruncatedException truncated(HydraConsumer consumer) {
    try {
      consumer.receive();
    } catch (SessionTruncatedException e) {
      return e;
    }
    throw new AssertionError("it went on");
  }

  // ---- two threads ----

  @Test
  void refusesASecondThread() throws Exception {
    HydraConsumer consumer = connect();
    Worker<ByteBuffer> receiving = Worker.start(consumer::receive);
    Worker.until("it waits", () -> isIn(receiving.thread(), FrameReader.class, "read"));

    assertThatThrownBy(consumer::receive)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("one thread receives at a time");

    peer.raw(stream.message("a"));
    assertThat(receiving.get()).isNotNull();
    peer.raw(stream.message("b"));
    assertThat(text(consumer)).as("one after the other they may").isEqualTo("b");
  }

  @Test
  void losesNothingWhenTwoThreadsReceive() throws Exception {
    int frames = 400;
    int messages = 50;
    HydraConsumer consumer = connect();
    Worker<Void> sending =
        Worker.start(
            () -> {
              for (int i = 0; i < frames; i++) {
                String[] texts = new String[messages];
                for (int j = 0; j < messages; j++) {
                  texts[j] = Integer.toString(i * messages + j);
                }
                peer.raw(stream.batch(texts));
              }
              peer.raw(stream.end());
              return null;
            });
    Worker<List<Integer>> one = Worker.start(() -> receiveAll(consumer));
    Worker<List<Integer>> two = Worker.start(() -> receiveAll(consumer));
    List<Integer> all = new ArrayList<>(one.get());
    assertThat(all).isSorted();
    assertThat(two.get()).isSorted();
    all.addAll(two.get());
    sending.get();

    // the views of two threads share one array, so only how many there were is certain
    assertThat(all).hasSize(frames * messages);
  }

  /** How often each call gave something; refused ones are made again. */
  private static List<Integer> receiveAll(HydraConsumer consumer) {
    List<Integer> got = new ArrayList<>();
    while (true) {
      try {
        if (consumer.receive() == null) {
          return got;
        }
        got.add(got.size());
      } catch (IllegalStateException e) {
        Thread.onSpinWait();
      }
    }
  }

  // ---- listeners ----

  @Test
  void goesOnBehindAGapWhoseListenerThrows() throws Exception {
    List<Gap> gaps = new ArrayList<>();
    IllegalArgumentException own = new IllegalArgumentException("the application's");
    HydraConsumer consumer =
        connect(
            b ->
                b.onGap(
                    gap -> {
                      gaps.add(gap);
                      throw own;
                    }));
    peer.raw(stream.message("a"));
    stream.leaveOut();
    peer.send(new GapMessage(stream.stream(), 1, 2));
    peer.raw(stream.message("c"));
    assertThat(text(consumer)).isEqualTo("a");

    assertThatThrownBy(consumer::receive).isSameAs(own);
    assertThat(text(consumer)).isEqualTo("c");
    assertThat(gaps).hasSize(1);
  }

  @Test
  void goesOnAfterAStallWhoseListenerThrows() throws Exception {
    List<Stall> stalls = new ArrayList<>();
    // one that would be taken for a broken connection, were it not the listener's
    ClosedException own = new ClosedException("the application's");
    HydraConsumer consumer =
        connect(
            b ->
                b.onStall(
                    stall -> {
                      stalls.add(stall);
                      throw own;
                    }));
    peer.raw(stream.tick(Duration.ofHours(1).toMillis()));
    peer.raw(stream.tick(Duration.ofHours(2).toMillis()));
    peer.raw(stream.message("a"));

    assertThatThrownBy(consumer::receive).isSameAs(own);
    assertThat(text(consumer)).isEqualTo("a");
    assertThat(stalls).hasSize(1);
  }

  @Test
  void refusesAListenerThatReceives() throws Exception {
    HydraConsumer[] itself = new HydraConsumer[1];
    HydraConsumer consumer = connect(b -> b.onGap(gap -> itself[0].receive()));
    itself[0] = consumer;
    stream.leaveOut();
    peer.send(new GapMessage(stream.stream(), 0, 1));
    peer.raw(stream.message("b"));

    assertThatThrownBy(consumer::receive)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("listener");
    assertThat(text(consumer)).isEqualTo("b");
  }

  @Test
  void mayBeClosedByAListener() throws Exception {
    HydraConsumer[] itself = new HydraConsumer[1];
    HydraConsumer consumer = connect(b -> b.onGap(gap -> itself[0].close()));
    itself[0] = consumer;
    stream.leaveOut();
    peer.send(new GapMessage(stream.stream(), 0, 1));
    peer.raw(stream.message("b"));

    assertThatThrownBy(consumer::receive).isInstanceOf(ClosedException.class);
    assertThat(consumer.position().orElseThrow().next())
        .as("behind the gap, before b")
        .isEqualTo(1);
  }
}
