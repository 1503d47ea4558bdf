package io.hydrasync.client.internal.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.Caller;
import io.hydrasync.client.FakeRelay;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.ProducerHarness;
import io.hydrasync.client.ThreadKind;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.ReceiveTimeoutException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Closing a producer, whatever its other threads do. */
class ProducerEndTest {
  private static final int LARGE = 64 << 10;
  private static final Duration BOUND = Duration.ofMillis(300);

  /** One second is promised; half a second more for a machine that is busy. */
  private static final Duration GRACE = Duration.ofMillis(1_500);

  private ProducerHarness harness;

  @BeforeEach
  void listen() throws IOException {
    harness = new ProducerHarness();
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
  }

  /** Ways to end, each with what it may take. */
  enum End {
    CLOSE_IN_TIME(BOUND) {
      @Override
      void of(HydraProducer producer) {
        producer.close(BOUND);
      }
    },
    CLOSE_AT_ONCE(Duration.ZERO) {
      @Override
      void of(HydraProducer producer) {
        producer.close(Duration.ofDays(-1));
      }
    },
    ABORT(Duration.ofSeconds(2)) {
      @Override
      void of(HydraProducer producer) {
        producer.abort();
      }
    };

    private final Duration bound;

    End(Duration bound) {
      this.bound = bound;
    }

    abstract void of(HydraProducer producer);

    /** Ends a producer whose relay does not take everything. */
    void check(HydraProducer producer) throws InterruptedException {
      long before = System.nanoTime();
      Caller caller = Caller.once(ThreadKind.PLATFORM, i -> of(producer)).join();
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      assertThat(took).isLessThan(bound.plus(GRACE));
      if (this == ABORT) {
        assertThat(caller.thrown()).isNull();
      } else {
        assertThat(caller.thrown())
            .isInstanceOf(ReceiveTimeoutException.class)
            .hasMessageContaining("given up");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void freesAThreadThatIsStuckInTheSocket(End end) throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    Caller stuck = Caller.repeatedly(ThreadKind.PLATFORM, i -> producer.broadcast(new byte[LARGE]));
    stuck.awaitStuckInSocket();
    int before = stuck.returned();
    Caller behind = Caller.once(ThreadKind.PLATFORM, i -> producer.broadcast(new byte[5]));
    behind.awaitStuckIn("ReentrantLock");
    end.check(producer);

    assertThat(stuck.join().returned()).as("it was taken: the call returns").isEqualTo(before + 1);
    assertThat(stuck.thrown()).as("by the next call").isInstanceOf(ClosedException.class);
    assertThat(behind.join().thrown()).isInstanceOf(ClosedException.class);
  }

  @Test
  void givesUpAConnectionThatIsBeingMade() throws Exception {
    HydraProducer producer = harness.connect(harness.builder().connectTimeout(Duration.ofHours(1)));
    harness.cut();
    try (FakeRelay.Peer hanging = harness.relay.accept()) { // and does not answer JOIN
      producer.abort();

      assertThat(hanging.isAtEnd()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void freesThreadsThatWaitForAcknowledgments(End end) throws Exception {
    HydraProducer producer = harness.connect(harness.builder().ring(1_000));
    producer.broadcast(new byte[900]);
    ByteBuffer message = ByteBuffer.allocate(900);
    List<Caller> waiting = new ArrayList<>();
    waiting.add(Caller.once(ThreadKind.PLATFORM, i -> producer.broadcast(message)).awaitWaiting());
    waiting.add(
        Caller.once(ThreadKind.PLATFORM, i -> producer.write(new byte[5]))
            .awaitStuckIn("ReentrantLock"));
    waiting.add(
        Caller.once(ThreadKind.PLATFORM, i -> producer.flush(Duration.ofHours(1)))
            .awaitStuckIn("ReentrantLock"));
    waiting.add(
        Caller.once(ThreadKind.PLATFORM, i -> producer.awaitConsumers(1, Duration.ofHours(1)))
            .awaitWaiting());
    end.check(producer);

    for (Caller caller : waiting) {
      assertThat(caller.join().thrown()).isInstanceOf(ClosedException.class);
    }
    assertThat(message.position()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void doesNotWaitForAConnection(End end) throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    producer.broadcast(new byte[5]);
    harness.cut();
    Caller waiting = Caller.once(ThreadKind.PLATFORM, i -> producer.broadcast(new byte[5]));
    waiting.awaitWaiting();
    try (Socket silent = harness.relay.acceptSilently()) { // a connection that is not answered
      end.check(producer);
      assertThat(silent.isClosed()).isFalse();
    }

    assertThat(waiting.join().thrown()).isInstanceOf(ClosedException.class);
  }

  @ParameterizedTest
  @EnumSource
  void doesNotWaitForAnotherThreadThatCloses(End end) throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    Caller closing = Caller.once(ThreadKind.PLATFORM, i -> producer.close());
    closing.awaitWaiting();
    long before = System.nanoTime();
    Caller second = Caller.once(ThreadKind.PLATFORM, i -> end.of(producer)).join();

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(end.bound.plus(GRACE));
    assertThat(second.thrown() == null).isEqualTo(end == End.ABORT);
    assertThat(closing.join().thrown())
        .as("it cannot say that everything has arrived")
        .isInstanceOf(ClosedException.class);
  }

  /** Where the relay reads, it is told, and the connection ends at once. */
  @Test
  void abortOfAQuietProducerTakesNoTime() throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    Caller aborting = Caller.once(ThreadKind.PLATFORM, i -> producer.abort());
    harness.peer.awaitFin();
    harness.peer.close();

    assertThat(aborting.join().thrown()).isNull();
  }

  @Test
  void whatWasKnownStaysReadableAndAllElseIsRefused() throws Exception {
    HydraProducer producer = harness.connect(harness.builder());
    producer.broadcast(new byte[5]);
    producer.broadcast(new byte[6]);
    harness.acknowledge(1, 3);
    Caller.await("acknowledged", () -> producer.acknowledged() == 1);
    long unacknowledged = producer.unacknowledgedBytes();
    producer.abort();
    producer.close();
    producer.leave();
    producer.close(BOUND);

    assertThat(producer.acknowledged()).isEqualTo(1);
    assertThat(producer.unacknowledgedBytes()).isEqualTo(unacknowledged).isPositive();
    assertThat(producer.consumers()).isEqualTo(3);
    assertThat(producer.unreadFrames()).isZero();
    assertThat(producer.relayKey()).isNotNull();
    assertThat(producer.maxMessageBytes()).isPositive();
    ByteBuffer message = ByteBuffer.allocate(5);
    List<ThrowingCallable> calls =
        List.of(
            () -> producer.broadcast(new byte[1]),
            () -> producer.broadcast(message),
            () -> producer.tryBroadcast(new byte[1]),
            () -> producer.tryBroadcast(message),
            () -> producer.write(new byte[1]),
            () -> producer.write(message),
            producer::flush,
            () -> producer.flush(Duration.ofHours(1)),
            () -> producer.awaitConsumers(0, Duration.ZERO));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call).isInstanceOf(ClosedException.class);
    }
    assertThat(message.position()).isZero();
  }

  @Test
  void closeSaysSoIfTheConnectionIsLostForGood() throws Exception {
    HydraProducer producer = harness.connect(harness.builder().reconnectTimeout(Duration.ZERO));
    Caller closing = Caller.once(ThreadKind.PLATFORM, i -> producer.close()).awaitWaiting();
    harness.peer.close();

    assertThat(closing.join().thrown())
        .isInstanceOf(HydraException.class)
        .hasMessageContaining("gave up");
  }
}
