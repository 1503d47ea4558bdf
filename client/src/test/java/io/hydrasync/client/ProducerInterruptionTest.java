package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.wire.Frames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The producer's rows of the table of interruption in {@link HydraProducer}, cell by cell. */
class ProducerInterruptionTest {
  private static final int LARGE = 64 << 10;

  private ProducerHarness harness;

  static List<ThreadKind> kinds() {
    return ThreadKind.all();
  }

  @BeforeEach
  void listen() throws IOException {
    harness = new ProducerHarness();
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
  }

  private static void assertThrewInterrupted(Caller caller) {
    assertThat(caller.thrown()).isInstanceOf(InterruptedOperationException.class);
    assertThat(((InterruptedOperationException) caller.thrown()).isRetryable()).isTrue();
    assertThat(caller.flag()).as("the flag stays set").isTrue();
  }

  // ---- broadcast ----

  @ParameterizedTest
  @MethodSource("kinds")
  void broadcastThatIsStuckInTheSocketReturnsAndItsMessageArrivesOnce(ThreadKind kind)
      throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    Caller caller = Caller.repeatedly(kind, i -> producer.broadcast(new byte[LARGE + i]));
    caller.awaitStuckInSocket().interruptAndAwait();

    assertThat(caller.thrown()).isNull();
    assertThat(caller.flag()).isTrue();
    harness.resume(0);
    assertThat(harness.plaintextLengths(0, caller.returned() - 1)).hasSize(caller.returned());
    producer.flush();
    producer.broadcast(new byte[7]);
    assertThat(harness.plaintextLengths(caller.returned(), caller.returned())).containsExactly(7);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void broadcastThatWaitsForAcknowledgmentsThrowsAndIsNeverSent(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder().ring(1_000));
    producer.broadcast(new byte[900]);
    ByteBuffer message = ByteBuffer.allocate(800);
    Caller caller = Caller.once(kind, i -> producer.broadcast(message));
    caller.awaitWaiting().interruptAndAwait();

    assertThrewInterrupted(caller);
    assertThat(message.position()).isZero();
    harness.acknowledge(1, 0);
    producer.broadcast(new byte[7]);
    assertThat(harness.plaintextLengths(0, 1)).containsExactly(900, 7);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void broadcastThatWaitsForAConnectionThrowsAndIsNeverSent(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    harness.cut();
    Caller caller = Caller.once(kind, i -> producer.broadcast(new byte[5]));
    caller.awaitWaiting().interruptAndAwait();

    assertThrewInterrupted(caller);
    harness.resume(0);
    producer.broadcast(new byte[7]);
    assertThat(harness.plaintextLengths(0, 0)).containsExactly(7);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void broadcastThatWaitsForAnotherThreadThrowsAndIsNeverSent(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    Caller stuck = Caller.repeatedly(kind, i -> producer.broadcast(new byte[LARGE]));
    stuck.awaitStuckInSocket();
    Caller caller = Caller.once(kind, i -> producer.broadcast(new byte[5]));
    caller.awaitStuckIn("ReentrantLock").interruptAndAwait();

    assertThrewInterrupted(caller);
    assertThat(stuck.isDone()).as("the other one is left alone").isFalse();
  }

  /** It has nothing to wait for. */
  @ParameterizedTest
  @MethodSource("kinds")
  void whoIsInterruptedBeforeTheCallMaySendWhatNeedsNoWaiting(ThreadKind kind) throws Exception {
    HydraProducer producer =
        harness.connect(harness.builder().coalesce(false).linger(Duration.ofHours(1)));
    Caller caller =
        Caller.once(
            kind,
            i -> {
              Thread.currentThread().interrupt();
              producer.broadcast(new byte[5]);
              producer.write(new byte[6]);
              producer.flush();
              assertThat(producer.tryBroadcast(new byte[7])).isTrue();
            });
    caller.join();

    assertThat(caller.thrown()).isNull();
    assertThat(caller.flag()).isTrue();
    assertThat(harness.plaintextLengths(0, 2)).containsExactly(5, 6, 7);
  }

  // ---- write and flush ----

  @ParameterizedTest
  @MethodSource("kinds")
  void writeThrowsWithoutTakingAndTheBatchIsSentOnce(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder().linger(Duration.ofHours(1)));
    harness.cut();
    ByteBuffer message = ByteBuffer.allocate(1_000);
    Caller caller = Caller.repeatedly(kind, i -> producer.write(message.clear()));
    caller.awaitWaiting().interruptAndAwait();

    assertThrewInterrupted(caller);
    assertThat(caller.returned()).as("64 KiB of them").isEqualTo(65);
    assertThat(message.position()).isZero();
    harness.resume(0);
    producer.flush();
    producer.flush();
    producer.broadcast(new byte[7]);
    assertThat(harness.plaintextLengths(0, 1)).containsExactly(65 * 1_004, 7);
  }

  /** Once 65 messages came twice: the batch was in the ring, and was sent again. */
  @ParameterizedTest
  @MethodSource("kinds")
  void whatAWriterWroteWhileTheRelayDiedArrivesOnce(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder().linger(Duration.ofHours(1)));
    Caller caller = Caller.repeatedly(kind, i -> producer.write(new byte[1_000]));
    caller.awaitStuckInSocket();
    harness.peer.close(); // frees the writer, whose batch is in the ring
    caller.awaitWaiting().interruptAndAwait();

    assertThrewInterrupted(caller);
    harness.resume(0);
    Caller last = flushAndBroadcast(producer);
    int written = caller.returned();
    long plaintext = 0;
    long frame;
    do {
      byte[] bytes = harness.peer.relayed();
      frame = bytes.length - Frames.OVERHEAD;
      plaintext += frame;
    } while (frame != 7);
    assertThat(plaintext).isEqualTo(1_004L * written + 7);
    assertThat(last.join().thrown()).isNull();
  }

  /** On a thread of its own: the relay has to read meanwhile. */
  private static Caller flushAndBroadcast(HydraProducer producer) {
    return Caller.once(
        ThreadKind.PLATFORM,
        i -> {
          producer.flush();
          producer.broadcast(new byte[7]);
        });
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void flushThatWaitsForAConnectionThrowsAndKeepsWhatWasWritten(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder().linger(Duration.ofHours(1)));
    producer.write(new byte[5]);
    harness.cut();
    Caller caller = Caller.once(kind, i -> producer.flush());
    caller.awaitWaiting().interruptAndAwait();

    assertThrewInterrupted(caller);
    harness.resume(0);
    producer.flush();
    assertThat(harness.plaintextLengths(0, 0)).containsExactly(5);
    producer.broadcast(new byte[7]);
    assertThat(harness.plaintextLengths(1, 1)).containsExactly(7);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void flushThatIsStuckInTheSocketThrowsAndWhatWasWrittenArrivesOnce(ThreadKind kind)
      throws Exception {
    HydraProducer producer = harness.connect(harness.builder().linger(Duration.ofHours(1)));
    Caller caller =
        Caller.repeatedly(
            kind,
            i -> {
              producer.write(new byte[60_000]);
              producer.flush();
            });
    caller.awaitStuckInSocket().interruptAndAwait();

    assertThrewInterrupted(caller);
    harness.resume(0);
    Caller last = flushAndBroadcast(producer);
    int written = caller.returned() + 1;
    assertThat(harness.plaintextLengths(0, written - 1)).hasSize(written).containsOnly(60_000);
    assertThat(harness.plaintextLengths(written, written)).containsExactly(7);
    assertThat(last.join().thrown()).isNull();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void flushWithATimeAndAwaitConsumersThrowInterruptedException(ThreadKind kind) throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    producer.broadcast(new byte[5]);
    Caller flushing = Caller.once(kind, i -> producer.flush(Duration.ofDays(200_000)));
    flushing.awaitWaiting().interruptAndAwait();
    Caller awaiting = Caller.once(kind, i -> producer.awaitConsumers(1, Duration.ofDays(200_000)));
    awaiting.awaitWaiting().interruptAndAwait();

    assertThat(flushing.thrown()).isInstanceOf(InterruptedException.class);
    assertThat(awaiting.thrown()).isInstanceOf(InterruptedException.class);
  }

  // ---- the end ----

  @ParameterizedTest
  @MethodSource("kinds")
  void closeAndLeaveAreNotShortened(ThreadKind kind) throws Exception {
    for (boolean leave : List.of(false, true)) {
      HydraProducer producer = harness.connect(harness.builder().linger(Duration.ofHours(1)));
      producer.write(new byte[5]);
      Caller caller =
          Caller.once(
              kind,
              i -> {
                Thread.currentThread().interrupt();
                if (leave) {
                  producer.leave();
                } else {
                  producer.close();
                }
              });
      caller.awaitWaiting().interrupt();
      assertThat(harness.plaintextLengths(0, 1)).containsExactly(5, Frames.END_PLAINTEXT);
      caller.awaitWaiting();
      harness.acknowledge(2, 0);
      harness.peer.awaitFin();
      harness.peer.close();
      caller.join();

      assertThat(caller.thrown()).isNull();
      assertThat(caller.flag()).as("the flag stays set").isTrue();
    }
  }

  @Test
  void anInterruptedWriterDoesNotLoseAConnectionThatTakesWhatItWrites() throws Exception {
    HydraProducer producer = harness.connect(harness.builder().coalesce(false));
    Thread.currentThread().interrupt();
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    long seq = 0;
    try {
      while (System.nanoTime() - end < 0) { // longer than the looks of the timer
        try {
          producer.broadcast(new byte[100]);
          harness.plaintextLengths(seq, seq);
          seq++;
        } catch (InterruptedOperationException e) {
          // a thread of the producer's has the lock at this moment: not taken
        }
      }
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(harness.states).as("the connection was never lost").isEmpty();
  }

  @Test
  void nullIsNamed() throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    assertThatThrownBy(() -> producer.flush(null)).hasMessage("a timeout is null");
    assertThatThrownBy(() -> producer.awaitConsumers(1, null)).hasMessage("a timeout is null");
    assertThatThrownBy(() -> producer.close(null)).hasMessage("a timeout is null");
    assertThat(producer.awaitConsumers(1, Duration.ofSeconds(-1))).isFalse();
    assertThat(producer.flush(Duration.ofSeconds(Long.MIN_VALUE))).isTrue();
  }
}
