package io.hydrasync.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.connection.FrameReader;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PingMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The row of {@code receive} in the table of interruption, cell by cell. */
@Timeout(60)
class ConsumerInterruptionTest {
  private static final byte[] NO_TOKEN = new byte[JoinMessage.RESUME_LENGTH];
  private static final Duration LONG = Duration.ofHours(1);

  private final SessionSecrets session = SessionSecrets.generate();
  private final SealedStream stream = new SealedStream(session);
  private FakeRelay relay;
  private FakeRelay.Peer peer;
  private HydraConsumer consumer;

  @BeforeEach
  void connect() throws Exception {
    relay = new FakeRelay();
    Worker<HydraConsumer> connecting =
        Worker.start(
            () -> HydraConsumer.builder(relay.address(), session).reconnectTimeout(LONG).connect());
    peer = accept(0, 0);
    consumer = connecting.get();
    peer.raw(stream.head());
  }

  private FakeRelay.Peer accept(long name, long seq) throws Exception {
    FakeRelay.Peer next = relay.accept();
    next.send(
        new JoinedMessage(JoinedMessage.FLAG_PRODUCER_LIVE, 1 << 20, name, seq, NO_TOKEN, 30));
    return next;
  }

  @AfterEach
  void close() throws IOException {
    consumer.close();
    peer.close();
    relay.close();
  }

  /** Each kind of thread, with and without a timeout. */
  static Stream<Arguments> calls() {
    return ThreadKind.all().stream()
        .flatMap(kind -> Stream.of(Arguments.of(kind, false), Arguments.of(kind, true)));
  }

  private Callable<String> receiving(boolean timed) {
    return () -> text(timed ? consumer.receive(LONG) : consumer.receive());
  }

  private static String text(@Nullable ByteBuffer message) {
    return message == null ? "" : UTF_8.decode(message).toString();
  }

  /** Answers each PING, as a relay does. */
  private static void answerPings(FakeRelay.Peer of) {
    Worker.start(
        () -> {
          while (of.control() instanceof PingMessage ping) {
            of.send(new PongMessage(ping.echo()));
          }
          return null;
        });
  }

  private static void assertInterrupted(Worker<?> worker, long atNanos) {
    assertThatThrownBy(worker::get)
        .isInstanceOfSatisfying(
            InterruptedOperationException.class, e -> assertThat(e.isRetryable()).isTrue());
    assertThat(worker.took(atNanos)).isLessThan(Worker.A_SECOND);
    assertThat(worker.wasInterruptedAtEnd()).isTrue();
  }

  /** Has begun to wait for the network: with the first message it is behind all that was sent. */
  private Worker<String> waiting(ThreadKind kind, boolean timed) throws Exception {
    peer.raw(stream.message("first"));
    assertThat(Worker.start(kind, receiving(timed)).get()).isEqualTo("first");
    Worker<String> worker = Worker.start(kind, receiving(timed));
    Worker.until("it waits", () -> isWaiting(worker.thread()));
    return worker;
  }

  private static boolean isWaiting(Thread thread) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(FrameReader.class.getName()));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void wakesAThreadThatWaits(ThreadKind kind, boolean timed) throws Exception {
    answerPings(peer);
    Worker<String> worker = waiting(kind, timed);

    assertInterrupted(worker, worker.interrupt());

    if (kind == ThreadKind.PLATFORM) {
      peer.raw(stream.message("second"));
      assertThat(Worker.start(kind, receiving(timed)).get())
          .as("over the same connection")
          .isEqualTo("second");
    } else {
      goesOnOverANewConnection(kind, timed);
    }
  }

  @ParameterizedTest
  @MethodSource("calls")
  void closesAConnectionWhoseRelayIsSilent(ThreadKind kind, boolean timed) throws Exception {
    Worker<String> worker = waiting(kind, timed);

    assertInterrupted(worker, worker.interrupt());
    goesOnOverANewConnection(kind, timed);
  }

  private void goesOnOverANewConnection(ThreadKind kind, boolean timed) throws Exception {
    Worker<String> next = Worker.start(kind, receiving(timed));
    FakeRelay.Peer again = accept(stream.stream(), stream.next());
    assertThat(again.join().start()).isEqualTo(JoinMessage.START_AT);
    assertThat(again.join().seq()).isEqualTo(stream.next());
    again.raw(stream.head());
    again.raw(stream.message("second"));
    assertThat(next.get()).isEqualTo("second");
    again.close();
  }

  @ParameterizedTest
  @MethodSource("calls")
  void handsOutWhatIsHereFirst(ThreadKind kind, boolean timed) throws Exception {
    peer.raw(stream.batch("a", "b"));
    peer.raw(stream.batch("c", "d"));
    Worker.start(kind, receiving(timed)).get();
    // the rest of the frames is here, or on its way within this machine
    StringBuilder received = new StringBuilder();
    Worker<Void> worker =
        Worker.start(
            kind,
            () -> {
              while (!consumer.isReady() || received.length() < 1) {
                received.append(receiving(timed).call());
              }
              Thread.currentThread().interrupt();
              while (true) {
                received.append(receiving(timed).call());
              }
            });

    assertThatThrownBy(worker::get).isInstanceOf(InterruptedOperationException.class);
    assertThat(worker.wasInterruptedAtEnd()).isTrue();
    assertThat(received).hasToString("bcd");
    peer.raw(stream.message("e"));
    assertThat(Worker.start(kind, receiving(timed)).get())
        .as("nothing was closed: it never waited")
        .isEqualTo("e");
  }

  @ParameterizedTest
  @MethodSource("calls")
  void throwsWhileItWaitsToReconnect(ThreadKind kind, boolean timed) throws Exception {
    relay.close(); // so every attempt is refused, and the pauses become long
    peer.close();
    Worker<String> worker = Worker.start(kind, receiving(timed));
    Worker.until("it waits for an attempt", () -> isIn(worker.thread(), "awaitAttempt"));

    assertInterrupted(worker, worker.interrupt());
  }

  @ParameterizedTest
  @MethodSource("calls")
  void throwsWhileItReconnectsAndTheAttemptGoesOn(ThreadKind kind, boolean timed) throws Exception {
    peer.close();
    Worker<String> worker = Worker.start(kind, receiving(timed));
    FakeRelay.Peer hanging = relay.accept(); // and does not answer JOIN
    Worker.until("it waits for the attempt", () -> isIn(worker.thread(), "await"));

    assertInterrupted(worker, worker.interrupt());

    hanging.send(new JoinedMessage(JoinedMessage.FLAG_PRODUCER_LIVE, 1 << 20, 0, 0, NO_TOKEN, 30));
    hanging.raw(stream.head());
    hanging.raw(stream.message("first"));
    assertThat(Worker.start(kind, receiving(timed)).get())
        .as("over the connection that was being made")
        .isEqualTo("first");
    hanging.close();
  }

  private static boolean isIn(Thread thread, String method) {
    return Stream.of(thread.getStackTrace())
        .anyMatch(
            frame ->
                frame.getMethodName().equals(method)
                    && frame.getClassName().startsWith("io.hydrasync.client."));
  }
}
