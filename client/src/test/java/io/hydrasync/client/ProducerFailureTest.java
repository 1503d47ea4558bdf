package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hydrasync.client.internal.producer.LinkListener;
import io.hydrasync.client.internal.producer.ProducerLink;
import io.hydrasync.client.internal.stream.ProducerStream;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever ends a thread of the producer's is told to those who wait for it. */
class ProducerFailureTest {
  private ProducerHarness harness;

  @BeforeEach
  void listen() throws IOException {
    harness = new ProducerHarness();
  }

  @AfterEach
  void stop() throws IOException {
    harness.close();
  }

  static List<Supplier<Error>> errors() {
    return List.of(
        () -> new AssertionError("a test of the application's"),
        StackOverflowError::new,
        OutOfMemoryError::new,
        () -> new NoClassDefFoundError("missing"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void anErrorOfTheListenerIsToldToEveryCall(Supplier<Error> errors) throws Exception {
    Error error = errors.get();
    for (ProducerState when : List.of(ProducerState.RECONNECTING, ProducerState.CONNECTED)) {
      HydraProducer producer =
          harness.connect(
              harness
                  .builder()
                  .onStateChange(
                      state -> {
                        if (state == when) {
                          throw error;
                        }
                      }));
      Caller caller = Caller.repeatedly(ThreadKind.PLATFORM, i -> producer.broadcast(new byte[10]));
      harness.peer.close();
      if (when == ProducerState.CONNECTED) {
        harness.resume(0);
      }

      assertThat(caller.join().thrown())
          .isInstanceOf(ConnectionException.class)
          .cause()
          .isSameAs(error);
      assertThatThrownBy(producer::flush).isSameAs(caller.thrown());
      assertThatThrownBy(() -> producer.flush(Duration.ofHours(1))).isSameAs(caller.thrown());
      assertThatThrownBy(() -> producer.awaitConsumers(1, Duration.ofHours(1)))
          .isSameAs(caller.thrown());
      assertThatThrownBy(producer::close).cause().isSameAs(caller.thrown());
      harness.producer = null;
    }
  }

  @Test
  void anExceptionOfTheListenerHarmsNothing() throws Exception {
    HydraProducer producer =
        harness.connect(
            harness
                .builder()
                .onStateChange(
                    state -> {
                      throw new IllegalStateException("the application's");
                    }));
    harness.peer.close();
    harness.resume(0);
    producer.broadcast(new byte[5]);

    assertThat(harness.plaintextLengths(0, 0)).containsExactly(5);
  }

  @Test
  void anInterruptThatTheListenerLeavesBehindHarmsNothing() throws Exception {
    HydraProducer producer =
        harness.connect(
            harness.builder().onStateChange(state -> Thread.currentThread().interrupt()));
    harness.peer.close();
    harness.resume(0);
    producer.broadcast(new byte[5]);

    assertThat(harness.plaintextLengths(0, 0)).containsExactly(5);
  }

  /** No thread of the producer's is in the way of what its listener does last. */
  @Test
  void tellsOnceThatItHasFailed() throws Exception {
    HydraProducer producer = harness.connect(harness.builder().reconnectTimeout(Duration.ZERO));
    harness.peer.close();

    assertThat(harness.state()).isEqualTo(ProducerState.FAILED);
    assertThatThrownBy(() -> producer.broadcast(new byte[1]))
        .isInstanceOf(ConnectionException.class);
    assertThat(harness.states).isEmpty();
  }

  @Test
  void aFileThatCannotBeWrittenIsToldToEveryCall(@TempDir Path directory) throws Exception {
    Path parent = Files.createDirectory(directory.resolve("epochs"));
    Path file = parent.resolve("epoch");
    HydraProducer producer = harness.connect(harness.builder().lastEpochFile(file));
    Files.move(parent, directory.resolve("moved"));
    Files.createFile(parent); // no file can be in it
    harness.cut();
    Caller waiting = Caller.repeatedly(ThreadKind.PLATFORM, i -> producer.broadcast(new byte[5]));
    harness.peer = harness.relay.accept();
    harness.peer.send(new JoinedMessage(0, 1 << 20, 0, 0, new byte[16], 30)); // all is lost

    assertThat(waiting.join().thrown())
        .isInstanceOf(ConnectionException.class)
        .hasMessageContaining("cannot write the last epoch");
  }

  /** A time of any length that can be given is one that can be waited for. */
  enum Endless {
    FOREVER(ChronoUnit.FOREVER.getDuration()),
    DAYS(Duration.ofDays(200_000)),
    CENTURIES(Duration.ofDays(106_751)); // the first one is more than nanoseconds can count

    private final Duration time;

    Endless(Duration time) {
      this.time = time;
    }
  }

  @ParameterizedTest
  @EnumSource
  void reconnectsHoweverLongItMayTry(Endless time) throws Exception {
    HydraProducer producer =
        harness.connect(harness.builder().reconnectTimeout(time.time).linger(time.time));
    producer.write(new byte[5]);
    harness.cut();
    harness.resume(0);
    producer.flush();
    assertThat(harness.plaintextLengths(0, 0)).containsExactly(5);
    harness.acknowledge(1, 0);

    assertThat(producer.flush(time.time)).isTrue();
    assertThat(producer.awaitConsumers(0, time.time)).isTrue();
    Caller closing = Caller.once(ThreadKind.PLATFORM, i -> producer.close(time.time));
    harness.plaintextLengths(1, 1);
    harness.acknowledge(2, 0);
    harness.peer.awaitFin();
    harness.peer.close();
    assertThat(closing.join().thrown()).isNull();
  }

  /** There is no frame for its number, so nothing may follow: the caller hears of that. */
  @Test
  void whatCannotBeSealedThoughItHasANumberIsToldAsTheEndOfTheProducer() throws Exception {
    Worker<ProducerLink> connecting =
        Worker.start(
            () ->
                new ProducerLink(
                    harness.builder().options(),
                    new ProducerLink.Terms(
                        ProducerHarness.SESSION,
                        Overflow.DEFAULT,
                        8 << 20,
                        Duration.ofSeconds(20),
                        System::nanoTime,
                        Optional.empty(),
                        NOBODY,
                        unread -> {})));
    harness.peer = harness.relay.accept();
    harness.peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, new byte[16], 30));
    ProducerLink link = connecting.get();
    byte[] tooShort = new byte[8];

    Throwable told = catchThrowable(() -> link.send(Frames.DATA, tooShort, 0, 2 << 20, true));

    assertThat(link.next()).as("the number is used up").isEqualTo(1);
    assertThat(told).isInstanceOf(ConnectionException.class).hasCauseInstanceOf(Exception.class);
    assertThatThrownBy(() -> link.send(Frames.DATA, tooShort, 0, 8, true)).isSameAs(told);
    link.close();
    harness.peer.close();
  }

  /** Hears of connections, and does nothing. */
  private static final LinkListener NOBODY =
      new LinkListener() {
        @Override
        public void reconnecting() {}

        @Override
        public void connected(ProducerStream.Outcome outcome) {}

        @Override
        public void failed() {}
      };

  // ---- arguments ----

  /** What is given to a builder is refused there and then, or taken. */
  @Test
  void everyMethodOfTheBuilderLooksAtWhatItIsGiven() throws Exception {
    List<String> looked = new ArrayList<>();
    for (Method method : HydraProducer.Builder.class.getDeclaredMethods()) {
      if (!Modifier.isPublic(method.getModifiers())
          || method.isBridge()
          || method.getParameterCount() != 1) {
        continue;
      }
      looked.add(method.getName());
      Class<?> type = method.getParameterTypes()[0];
      if (!type.isPrimitive()) {
        assertThat(refusal(method, null))
            .as(method.getName())
            .isExactlyInstanceOf(NullPointerException.class)
            .hasMessageEndingWith(" is null");
      }
      if (type == Duration.class) {
        assertThat(refusal(method, Duration.ofNanos(-1)))
            .isExactlyInstanceOf(IllegalArgumentException.class);
        assertThat(refusal(method, Duration.ofSeconds(Long.MIN_VALUE)))
            .isExactlyInstanceOf(IllegalArgumentException.class);
        Class<?> atTheEnds = // between 1 s and 15 s is the only one with two
            method.getName().equals("heartbeat") ? IllegalArgumentException.class : null;
        for (Duration end : List.of(ChronoUnit.FOREVER.getDuration(), Duration.ZERO)) {
          Throwable refusal = refusal(method, end);
          assertThat(refusal == null ? null : refusal.getClass())
              .as("%s(%s)", method.getName(), end)
              .isEqualTo(atTheEnds);
        }
      } else if (type == long.class) {
        assertThat(refusal(method, -1L)).isExactlyInstanceOf(IllegalArgumentException.class);
        assertThat(refusal(method, Long.MIN_VALUE))
            .isExactlyInstanceOf(IllegalArgumentException.class);
        assertThat(refusal(method, Long.MAX_VALUE)).isNull();
      }
    }
    assertThat(looked)
        .contains(
            "heartbeat",
            "linger",
            "overflow",
            "ring",
            "reconnectTimeout",
            "lastEpochFile",
            "onStateChange",
            "onUnread");
    assertThatThrownBy(() -> HydraProducer.builder(harness.relay.address(), null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("a session is null");
  }

  private Throwable refusal(Method method, Object argument) throws IllegalAccessException {
    try {
      method.invoke(
          HydraProducer.builder(harness.relay.address(), SessionSecrets.generate())
              .overflow(Overflow.DEFAULT),
          argument);
      return null;
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
  }

  // ---- what nobody took ----

  private UnreadMessage unread(long stream, long oldest, long frames) {
    return new UnreadMessage(stream, oldest, frames);
  }

  @Test
  void tellsWhatNobodyTookOfThePresentStream() throws Exception {
    BlockingQueue<Unread> told = new LinkedBlockingQueue<>();
    Consumer<Unread> listener = told::add;
    HydraProducer producer = harness.connect(harness.builder().onUnread(listener));
    assertThat(producer.unreadFrames()).isZero();
    harness.peer.send(unread(harness.head.stream() - 1, 90, 90));
    harness.peer.send(unread(harness.head.stream(), 7, 5));

    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new Unread(5, 7));
    assertThat(producer.unreadFrames()).isEqualTo(5);
    harness.peer.send(unread(harness.head.stream(), 9, -1));
    assertThat(told.poll(20, TimeUnit.SECONDS))
        .as("a u64")
        .isEqualTo(new Unread(Long.MAX_VALUE, 9));
    harness.peer.close();
    harness.peer = harness.relay.accept();
    harness.peer.send( // another producer was there: another stream
        new JoinedMessage(0, 1 << 20, harness.head.epoch() + 9, 0, new byte[16], 30));
    harness.head();
    assertThat(harness.state()).isEqualTo(ProducerState.RECONNECTING);
    assertThat(harness.state()).isEqualTo(ProducerState.SUPERSEDED);
    assertThat(producer.unreadFrames()).isZero();
  }

  @Test
  void aListenerThatIsBusyOrThrowsIsInNobodysWay() throws Exception {
    BlockingQueue<Unread> told = new LinkedBlockingQueue<>();
    CountDownLatch busy = new CountDownLatch(1);
    HydraProducer producer =
        harness.connect(
            harness
                .builder()
                .onUnread(
                    unread -> {
                      told.add(unread);
                      awaitUninterrupted(busy);
                      throw new AssertionError("the application's");
                    }));
    harness.peer.send(unread(harness.head.stream(), 0, 1));
    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new Unread(1, 0));
    for (int i = 2; i <= 50; i++) {
      harness.peer.send(unread(harness.head.stream(), 0, i));
    }
    producer.broadcast(new byte[5]);
    harness.plaintextLengths(0, 0);
    harness.acknowledge(1, 0);
    assertThat(producer.flush(Duration.ofSeconds(20))).as("acks are heard").isTrue();
    assertThat(producer.unreadFrames()).isEqualTo(50);
    busy.countDown();

    assertThat(told.poll(20, TimeUnit.SECONDS)).as("the newest one").isEqualTo(new Unread(50, 0));
    harness.peer.send(unread(harness.head.stream(), 0, 51));
    assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(new Unread(51, 0));
    producer.broadcast(new byte[6]);
    assertThat(harness.plaintextLengths(1, 1)).containsExactly(6);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What a wrong relay says is one failure for all threads. */
  @Test
  void allThreadsHearOfTheSameFailure() throws Exception {
    HydraProducer producer = harness.connect(harness.builder().reconnectTimeout(Duration.ZERO));
    List<Caller> callers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      callers.add(Caller.repeatedly(ThreadKind.PLATFORM, n -> producer.write(new byte[1_000])));
    }
    harness.peer.close();

    for (Caller caller : callers) {
      assertThat(caller.join().thrown()).isInstanceOf(HydraException.class);
    }
  }
}
