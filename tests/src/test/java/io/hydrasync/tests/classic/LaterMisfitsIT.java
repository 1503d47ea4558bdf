package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.peer.LaterServer;
import io.hydrasync.tests.support.Fixture;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our clients on the later classic wire with a server that says and does what it should not: a
 * typed error each time, no waiting without an end, and nothing that stays open.
 */
@Tag("any-jdk")
@Timeout(120)
class LaterMisfitsIT {
  private static final String NEWEST = "1.0.0-beta.9";
  private static final int PACKET = 16;
  private static final Duration BRIEF = Duration.ofMillis(300);
  private static final Duration BUSY_SECOND = Duration.ofMillis(1_500);
  private static final Duration LONG = Duration.ofSeconds(20);

  private final SessionSecrets session = ClassicPeer.session();

  /** Who connects. */
  enum Client {
    PRODUCER(1, 0) {
      @Override
      AutoCloseable connect(
          InetSocketAddress relay, SessionSecrets session, String version, Duration timeout) {
        HydraProducer producer =
            HydraProducer.builder(relay, session)
                .wire(Wire.CLASSIC)
                .classicVersion(version)
                .connectTimeout(timeout)
                .connect();
        return producer::abort;
      }
    },
    CONSUMER(2, 1) {
      @Override
      AutoCloseable connect(
          InetSocketAddress relay, SessionSecrets session, String version, Duration timeout) {
        return HydraConsumer.builder(relay, session)
            .wire(Wire.CLASSIC)
            .classicVersion(version)
            .connectTimeout(timeout)
            .connect();
      }
    };

    private final int oldRole;
    private final int role;

    Client(int oldRole, int role) {
      this.oldRole = oldRole;
      this.role = role;
    }

    abstract AutoCloseable connect(
        InetSocketAddress relay, SessionSecrets session, String version, Duration timeout);

    int role(String version) {
      return isOld(version) ? oldRole : role;
    }
  }

  private static boolean isOld(String version) {
    return version.equals("1.0.0-beta.7") || version.equals("1.0.0-beta.8");
  }

  private HydraException refused(
      Client client, InetSocketAddress relay, String version, Duration timeout) {
    return catchThrowableOfType(
        HydraException.class, () -> client.connect(relay, session, version, timeout));
  }

  // ---- statuses ----

  static List<Arguments> everybody() {
    return Stream.of(Client.values())
        .flatMap(
            client ->
                Stream.of("1.0.0-beta.7", "1.0.0-beta.8", NEWEST, "1.0.0-beta.10", "2.0.0")
                    .map(version -> Arguments.of(client, version)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("everybody")
  void everyStatusIsAnErrorOfItsOwnType(Client client, String version) throws Exception {
    AtomicInteger next = new AtomicInteger();
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              int status = next.get();
              LaterServer.Join join = peer.join(version);
              assertThat(join.role()).isEqualTo(client.role(version));
              assertThat(join.id()).isEqualTo(session.id().toBytes());
              peer.send(peer.status(status));
              if (status == 0) {
                peer.send(peer.length(PACKET));
              } else {
                peer.finish();
              }
            })) {
      client.connect(server.address(), session, version, LONG).close();
      server.awaitNobody();
      for (int status = 1; status < 256; status++) {
        next.set(status);
        HydraException refusal = refused(client, server.address(), version, LONG);

        assertThat(refusal.code()).as("status %s", status).isEqualTo(code(status, version));
        assertThat(refusal)
            .as("status %s", status)
            .isInstanceOf(
                refusal.code() == ErrorCode.PROTOCOL
                    ? ProtocolException.class
                    : RelayException.class);
        if (refusal.code() == ErrorCode.PROTOCOL) {
          assertThat(refusal).hasMessageEndingWith("status " + status);
        }
        server.awaitNobody();
      }
      assertThat(server.accepted()).as("nothing was tried twice").isEqualTo(256);
    }
  }

  private static ErrorCode code(int status, String version) {
    int internal = isOld(version) ? 4 : 5;
    if (status == internal) {
      return ErrorCode.INTERNAL;
    }
    return switch (status) {
      case 2 -> ErrorCode.NO_SESSION;
      case 3 -> ErrorCode.PRODUCER_EXISTS;
      default -> ErrorCode.PROTOCOL;
    };
  }

  @Test
  void anInternalErrorSaysWhatElseItStandsFor() throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              peer.send(peer.status(5)).finish();
            })) {
      assertThat(refused(Client.PRODUCER, server.address(), NEWEST, LONG))
          .hasMessageContainingAll("credential", "limit")
          .extracting(HydraException::isRetryable)
          .isEqualTo(true);
    }
  }

  // ---- lengths ----

  private static final long[] IMPOSSIBLE = {
    0,
    (64 << 20) - 27,
    64 << 20,
    Integer.MAX_VALUE,
    1L << 31,
    (1L << 32) + PACKET,
    1L << 44,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1
  };

  @ParameterizedTest
  @EnumSource
  void aLengthThatCannotBeIsRefusedBeforeAnyMemoryIsTaken(Client client) throws Exception {
    AtomicInteger next = new AtomicInteger();
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              peer.welcome(IMPOSSIBLE[next.get()]);
            })) {
      for (int i = 0; i < IMPOSSIBLE.length; i++) {
        next.set(i);
        assertThat(refused(client, server.address(), NEWEST, LONG))
            .as("%s", Long.toUnsignedString(IMPOSSIBLE[i]))
            .isInstanceOf(ProtocolException.class)
            .hasMessageContaining(Long.toUnsignedString(IMPOSSIBLE[i]))
            .extracting(HydraException::code)
            .isEqualTo(ErrorCode.PROTOCOL);
        server.awaitNobody();
      }
    }
  }

  /** Such as the largest that can be, in a small heap. */
  @Test
  void packetsThatTheHeapCannotHoldAreRefusedOrTakeNoMemoryInAdvance() throws Exception {
    int largest = (64 << 20) - 28;
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              peer.welcome(largest).send(new byte[100]);
            })) {
      try (HydraConsumer consumer =
          HydraConsumer.builder(server.address(), session)
              .wire(Wire.CLASSIC)
              .classicVersion(NEWEST)
              .connect()) {
        assertThat(consumer.packetBytes()).hasValue(largest);
      } catch (ProtocolException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.TOO_BIG);
      }
      server.awaitNobody();
    }
  }

  // ---- tags ----

  private static byte[] flipped(byte[] bytes, int at) {
    byte[] copy = bytes.clone();
    copy[at] ^= 1;
    return copy;
  }

  @ParameterizedTest
  @EnumSource
  void aByteThatWasChangedInAnAnswerIsNoticedWhereverItIs(Client client) throws Exception {
    AtomicInteger next = new AtomicInteger();
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              int at = next.get();
              if (at < LaterServer.STATUS) {
                peer.send(flipped(peer.status(0), at), peer.length(PACKET));
              } else {
                peer.send(peer.status(0), flipped(peer.length(PACKET), at - LaterServer.STATUS));
              }
            })) {
      for (int at = 0; at < LaterServer.STATUS + LaterServer.LENGTH; at++) {
        next.set(at);
        assertThat(refused(client, server.address(), NEWEST, LONG))
            .as("byte %s", at)
            .isInstanceOf(AuthenticationException.class)
            .extracting(HydraException::code)
            .isEqualTo(ErrorCode.CORRUPT);
        server.awaitNobody();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPointOfLowOrderIsNoKey(Client client) throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.read(LaterServer.HELLO);
              peer.send(new byte[LaterServer.HELLO]);
            })) {
      assertThat(refused(client, server.address(), NEWEST, LONG))
          .isInstanceOf(AuthenticationException.class)
          .hasMessageContaining("low order");
      server.awaitNobody();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerAheadOfTheHelloIsTakenForOne(Client client) throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              byte[] noise = Fixture.message(3, LaterServer.HELLO + 200);
              peer.send(noise);
              peer.join(NEWEST);
            })) {
      assertThat(refused(client, server.address(), NEWEST, LONG))
          .isInstanceOf(AuthenticationException.class)
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.CORRUPT);
    }
  }

  // ---- silence and ends ----

  /** Where a server stops: how many bytes it has sent of hello, status and length. */
  static List<Arguments> steps() {
    return IntStream.of(0, 1, 103, 104, 127, 128, 159, 160, 161, 188, 189, 190, 224)
        .boxed()
        .flatMap(step -> Stream.of(Client.values()).map(client -> Arguments.of(client, step)))
        .toList();
  }

  private LaterServer stoppingAt(int step, LaterServer.Script then) throws Exception {
    return LaterServer.playing(
        peer -> {
          byte[] hello = peer.agree(NEWEST);
          int first = Math.min(step, hello.length);
          peer.send(Arrays.copyOf(hello, first));
          if (step >= hello.length) {
            peer.readJoin();
            byte[] status = peer.status(0);
            int second = Math.min(step - hello.length, status.length);
            peer.send(Arrays.copyOf(status, second));
            byte[] length = peer.length(PACKET);
            peer.send(Arrays.copyOf(length, step - first - second));
          }
          then.play(peer);
        });
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aServerThatFallsSilentIsGivenUpInTime(Client client, int step) throws Exception {
    try (LaterServer server = stoppingAt(step, peer -> {})) {
      long began = System.nanoTime();
      HydraException late = refused(client, server.address(), NEWEST, BRIEF);

      assertThat(late)
          .isInstanceOf(ConnectionException.class)
          .hasMessageContaining("does not answer in time")
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.TIMEOUT);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(BRIEF, LONG);
      assertThat(late).hasMessageEndingWith(hint(step));
      server.awaitNobody();
    }
  }

  private static String hint(int step) {
    if (step >= LaterServer.HELLO) {
      return ": it does not answer the join";
    }
    return "; does it serve another version? --classic=1.0.0-beta." + (step == 104 ? 2 : 6);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aFinIsAnErrorAtEveryStep(Client client, int step) throws Exception {
    try (LaterServer server = stoppingAt(step, LaterServer.Client::finish)) {
      assertDisconnected(refused(client, server.address(), NEWEST, LONG));
      server.awaitNobody();
    }
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aResetIsAnErrorAtEveryStep(Client client, int step) throws Exception {
    try (LaterServer server = stoppingAt(step, LaterServer.Client::reset)) {
      assertDisconnected(refused(client, server.address(), NEWEST, LONG));
      server.awaitNobody();
    }
  }

  private static void assertDisconnected(HydraException problem) {
    assertThat(problem)
        .isInstanceOf(ConnectionException.class)
        .hasMessageEndingWith("?")
        .extracting(HydraException::code)
        .isEqualTo(ErrorCode.DISCONNECTED);
  }

  /** In all of hello, status and length. */
  @ParameterizedTest
  @MethodSource("steps")
  void anInterruptEndsTheWaitingAtEveryStep(Client client, int step) throws Exception {
    CountDownLatch silent = new CountDownLatch(1);
    try (LaterServer server = stoppingAt(step, peer -> silent.countDown())) {
      FutureTask<HydraException> connecting =
          new FutureTask<>(() -> refused(client, server.address(), NEWEST, LONG));
      Thread thread = new Thread(connecting, "interrupted");
      thread.setDaemon(true);
      thread.start();
      silent.await();
      long began = System.nanoTime();
      thread.interrupt();

      assertThat(connecting.get()).isInstanceOf(InterruptedOperationException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(BUSY_SECOND);
      server.awaitNobody();
    }
  }

  /** Byte by byte, with less than the time for each, and more than that in all. */
  @Test
  void theTimeIsForHelloStatusAndLengthTogether() throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              for (byte one : peer.status(0)) {
                peer.send(new byte[] {one});
                LockSupport.parkNanos(50_000_000);
              }
            })) {
      assertThat(refused(Client.CONSUMER, server.address(), NEWEST, BRIEF).code())
          .isEqualTo(ErrorCode.TIMEOUT);
      server.awaitNobody();
    }
  }

  /** The other way round: a client of an earlier wire, whose hello is too short for this server. */
  @ParameterizedTest
  @CsvSource({
    "1.0.0-beta.2, 1.0.0-beta.9",
    "1.0.0-beta.3, 1.0.0-beta.9",
    "1.0.0-beta.6, 1.0.0-beta.9"
  })
  void aServerThatWaitsForALongerHelloIsAskedForItsVersion(String version, String other)
      throws Exception {
    try (LaterServer server = LaterServer.playing(peer -> peer.join(NEWEST))) {
      for (Client client : Client.values()) {
        assertThat(refused(client, server.address(), version, BRIEF))
            .hasMessageEndingWith("does it serve another version? --classic=" + other)
            .extracting(HydraException::code)
            .isEqualTo(ErrorCode.TIMEOUT);
      }
    }
  }

  // ---- packets ----

  private HydraConsumer consume(InetSocketAddress relay) {
    return HydraConsumer.builder(relay, session)
        .wire(Wire.CLASSIC)
        .classicVersion(NEWEST)
        .connect();
  }

  @Test
  void answersAndPacketsMayComeAheadOfTheJoin() throws Exception {
    byte[] first = Fixture.message(1, PACKET);
    byte[] second = Fixture.message(2, PACKET);
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              byte[] hello = peer.agree(NEWEST);
              peer.session(session)
                  .send(
                      hello,
                      peer.status(0),
                      peer.length(PACKET),
                      peer.packet(first),
                      peer.packet(second))
                  .finish();
            })) {
      try (HydraConsumer consumer = consume(server.address())) {
        assertThat(Fixture.receiveAll(consumer)).containsExactly(first, second);
        assertThat(consumer.isEnded()).isTrue();
      }
      server.awaitNobody();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 12, 27, 28, PACKET + 27})
  void aPartOfAPacketIsNoEnd(int part) throws Exception {
    byte[] whole = Fixture.message(1, PACKET);
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.session(session).join(NEWEST);
              byte[] packet = peer.packet(whole);
              peer.welcome(PACKET).send(packet, Arrays.copyOf(packet, part)).finish();
            })) {
      try (HydraConsumer consumer = consume(server.address())) {
        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(whole);
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(consumer::receive).isInstanceOf(SessionTruncatedException.class);
        }
        assertThat(consumer.isEnded()).isFalse();
        server.awaitNobody();
      }
    }
  }

  @Test
  void everyByteOfAPacketIsProtected() throws Exception {
    int length = PACKET + LaterServer.SEAL;
    AtomicInteger next = new AtomicInteger();
    byte[] good = Fixture.message(1, PACKET);
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.session(session).join(NEWEST);
              peer.welcome(PACKET).send(peer.packet(good), flipped(peer.packet(good), next.get()));
            })) {
      for (int at = 0; at < length; at++) {
        next.set(at);
        try (HydraConsumer consumer = consume(server.address())) {
          assertThat(Fixture.bytes(consumer.receive())).isEqualTo(good);
          List<HydraException> thrown = new ArrayList<>();
          for (int i = 0; i < 2; i++) {
            thrown.add(catchThrowableOfType(HydraException.class, consumer::receive));
          }
          assertThat(thrown)
              .as("byte %s", at)
              .allMatch(AuthenticationException.class::isInstance)
              .allMatch(problem -> problem.code() == ErrorCode.CORRUPT);
          server.awaitNobody();
        }
      }
    }
  }

  /** A byte too many shifts everything behind it, which the wire cannot notice but by the tags. */
  @Test
  void nothingIsDeliveredBehindAShift() throws Exception {
    byte[] good = Fixture.message(1, PACKET);
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.session(session).join(NEWEST);
              peer.welcome(PACKET)
                  .send(peer.packet(good), new byte[1], peer.packet(good), peer.packet(good));
            })) {
      try (HydraConsumer consumer = consume(server.address())) {
        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(good);
        assertThatThrownBy(consumer::receive).isInstanceOf(AuthenticationException.class);
        assertThatThrownBy(consumer::receive).isInstanceOf(AuthenticationException.class);
      }
      server.awaitNobody();
    }
  }

  @Test
  void aResetBehindAPacketIsNoEnd() throws Exception {
    byte[] good = Fixture.message(1, PACKET);
    CountDownLatch received = new CountDownLatch(1);
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.session(session).join(NEWEST);
              peer.welcome(PACKET).send(peer.packet(good));
              received.await();
              peer.reset();
            })) {
      try (HydraConsumer consumer = consume(server.address())) {
        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(good);
        received.countDown();
        assertThatThrownBy(consumer::receive)
            .isInstanceOf(SessionTruncatedException.class)
            .hasMessageContainingAll("lags too far", "broken off");
        assertThat(consumer.isEnded()).isFalse();
      }
      server.awaitNobody();
    }
  }

  /** On this wire a refusal is a status, so that this is an end. */
  @Test
  void aFinBeforeAnyPacketIsTheEnd() throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.join(NEWEST);
              peer.welcome(PACKET).finish();
            })) {
      try (HydraConsumer consumer = consume(server.address())) {
        assertThat(consumer.receive()).isNull();
        assertThat(consumer.receive()).isNull();
        assertThat(consumer.isEnded()).isTrue();
      }
      server.awaitNobody();
    }
  }

  @Test
  void aWrongSessionKeyIsNamedAtTheFirstPacket() throws Exception {
    try (LaterServer server =
        LaterServer.playing(
            peer -> {
              peer.session(ClassicPeer.session()).join(NEWEST);
              peer.welcome(PACKET).send(peer.packet(new byte[PACKET]));
            })) {
      try (HydraConsumer consumer = consume(server.address())) {
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(consumer::receive)
              .isInstanceOf(AuthenticationException.class)
              .extracting(problem -> ((HydraException) problem).code())
              .isEqualTo(ErrorCode.WRONG_KEY);
        }
      }
      server.awaitNobody();
    }
  }
}
