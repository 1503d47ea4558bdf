package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hydrasync.client.internal.connection.NameLookups;
import io.hydrasync.client.internal.connection.NameService;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients whose relay has a name, with one address or several. */
@Timeout(60)
class NamedRelayTest {
  private static final String NAME = "relay.example";
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  /** Nobody listens there, whether or not this machine has IPv6. */
  private static final InetAddress NOT_HERE = address("::1");

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static NameLookups names(InetAddress... addresses) {
    return new NameLookups(host -> List.of(addresses));
  }

  private static NameLookups noNames() {
    return new NameLookups(
        host -> {
          throw new UnknownHostException(host);
        });
  }

  private static InetSocketAddress unresolved(int port) {
    return InetSocketAddress.createUnresolved(NAME, port);
  }

  /** As an application has it that has looked the name up a while ago. */
  private static InetSocketAddress resolved(InetAddress address, int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(NAME, address.getAddress()), port);
  }

  private static void assertComes(
      ConnectingClient client, InetSocketAddress relay, NameLookups names, ServerSocket listener)
      throws Exception {
    Worker<AutoCloseable> connecting = Worker.start(() -> client.connect(relay, names));
    listener.setSoTimeout(15_000);
    try (Socket peer = listener.accept()) {
      assertThat(peer.getInputStream().read()).as("it speaks first").isNotNegative();
    }
    assertThatThrownBy(connecting::get).isInstanceOf(ConnectionException.class);
  }

  private static ServerSocket listener() throws IOException {
    return new ServerSocket(0, 8, HERE);
  }

  @ParameterizedTest
  @EnumSource
  void isReachedByItsSecondAddress(ConnectingClient client) throws Exception {
    try (ServerSocket listener = listener()) {
      InetSocketAddress relay = unresolved(listener.getLocalPort());
      assertComes(client, relay, names(NOT_HERE, HERE), listener);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isLookedUpAnewWhereTheApplicationHasAnOldAddress(ConnectingClient client) throws Exception {
    try (ServerSocket listener = listener()) {
      InetSocketAddress relay = resolved(NOT_HERE, listener.getLocalPort());
      assertComes(client, relay, names(HERE), listener);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isReachedByTheApplicationsAddressWhereNobodyKnowsTheName(ConnectingClient client)
      throws Exception {
    try (ServerSocket listener = listener()) {
      InetSocketAddress relay = resolved(HERE, listener.getLocalPort());
      assertComes(client, relay, noNames(), listener);
    }
  }

  @ParameterizedTest
  @EnumSource
  void isNotLookedUpWhereTheApplicationGivesAnAddress(ConnectingClient client) throws Exception {
    NameLookups nobody =
        new NameLookups(
            host -> {
              throw new AssertionError("asked for " + host);
            });
    try (ServerSocket listener = listener()) {
      int port = listener.getLocalPort();
      assertComes(client, new InetSocketAddress(address("127.0.0.1"), port), nobody, listener);
      assertComes(client, InetSocketAddress.createUnresolved("127.0.0.1", port), nobody, listener);
    }
  }

  /** As it does who logs the object: it holds a name from then on. */
  private static void reverseLookUp(InetSocketAddress relay) {
    assumeThat(relay.getHostName()).as("there is a reverse name").isNotEqualTo("127.0.0.1");
    assertThat(relay.getHostString()).isEqualTo(relay.getHostName());
  }

  @Test
  void isPinnedByTheAddressThatWasGivenThoughTheObjectGetsAName() throws Exception {
    KnownRelays known = KnownRelays.inMemory();
    try (FakeRelay relay = new FakeRelay()) {
      InetSocketAddress given =
          new InetSocketAddress(address("127.0.0.1"), relay.address().getPort());
      HydraConsumer.Builder builder = consumer(given, noNames()).knownRelays(known);
      reverseLookUp(given);
      Worker<HydraConsumer> connecting = Worker.start(builder::connect);
      FakeRelay.Peer first = join(relay);
      HydraConsumer consumer = connecting.get();
      assertThat(known.all()).containsOnlyKeys("127.0.0.1:" + given.getPort());

      Worker<ByteBuffer> receiving = Worker.start(consumer::receive);
      first.close();
      FakeRelay.Peer again = join(relay);
      consumer.close();
      assertThatThrownBy(receiving::get).isInstanceOf(ClosedException.class);
      assertThat(known.all()).containsOnlyKeys("127.0.0.1:" + given.getPort());
      again.close();
    }
  }

  /** Of 127.0.0.2, which Linux has, too, and 127.0.0.1. */
  @ParameterizedTest
  @EnumSource
  void isReachedByTheApplicationsAddressFirstWhereTheNameHasIt(ConnectingClient client)
      throws Exception {
    NameLookups names = names(address("127.0.0.2"), address("127.0.0.1"));
    try (ServerSocket listener = new ServerSocket(0)) {
      InetSocketAddress given = resolved(address("127.0.0.1"), listener.getLocalPort());
      Worker<AutoCloseable> connecting = Worker.start(() -> client.connect(given, names));
      listener.setSoTimeout(15_000);
      try (Socket peer = listener.accept()) {
        assertThat(peer.getLocalAddress()).isEqualTo(address("127.0.0.1"));
      }
      try (Socket peer = listener.accept()) {
        assertThat(peer.getLocalAddress()).as("a relay of its own").isEqualTo(address("127.0.0.2"));
      }
      assertThatThrownBy(connecting::get).isInstanceOf(ConnectionException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thatHasNoAddressIsSaidToBeUnknown(ConnectingClient client) {
    assertThatThrownBy(() -> client.connect(unresolved(4370), noNames()))
        .isInstanceOfSatisfying(
            ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DISCONNECTED))
        .hasMessage("cannot reach the relay at relay.example:4370: unknown host relay.example");
  }

  @ParameterizedTest
  @EnumSource
  void thatCannotBeReachedIsToldWithEachAddress(ConnectingClient client) throws Exception {
    int port;
    try (ServerSocket listener = listener()) {
      port = listener.getLocalPort();
    }
    assertThatThrownBy(() -> client.connect(unresolved(port), names(NOT_HERE, HERE)))
        .isInstanceOfSatisfying(
            ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DISCONNECTED))
        .hasMessageMatching(
            "cannot reach the relay at relay\\.example:"
                + port
                + ": 0:0:0:0:0:0:0:1: [^;]+; 127\\.0\\.0\\.1: Connection refused");
  }

  @Test
  void thatDoesNotAnswerIsToldWithEachAddress() throws Exception {
    try (FullListener full = new FullListener()) {
      HydraConsumer.Builder builder =
          consumer(unresolved(full.address().getPort()), names(NOT_HERE, HERE))
              .connectTimeout(Duration.ofMillis(400));
      assertThatThrownBy(builder::connect)
          .isInstanceOfSatisfying(
              ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT))
          .hasMessageMatching(
              ".* does not answer in time \\(0:0:0:0:0:0:0:1: [^;]+; 127.0.0.1: no answer\\)");
    }
  }

  private static HydraConsumer.Builder consumer(InetSocketAddress relay, NameLookups names) {
    return HydraConsumer.builder(relay, ConnectingClient.OWNED).names(names);
  }

  private static HydraProducer.Builder producer(InetSocketAddress relay, NameLookups names) {
    return HydraProducer.builder(relay, ConnectingClient.OWNED).names(names);
  }

  private static FakeRelay.Peer join(FakeRelay relay) throws Exception {
    FakeRelay.Peer peer = relay.accept();
    peer.send(new JoinedMessage(0, 1 << 20, 0, 0, new byte[16], 30));
    return peer;
  }

  /** Answers the first time, and hangs from then on. */
  private static NameService hangingLater(CountDownLatch hangs, AtomicInteger asked) {
    return host -> {
      if (asked.incrementAndGet() > 1) {
        try {
          hangs.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      return List.of(HERE);
    };
  }

  @Test
  void isLookedUpAtEachAttempt() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    NameLookups names =
        new NameLookups(
            host -> asked.incrementAndGet() == 1 ? List.of(HERE) : List.of(NOT_HERE, HERE));
    try (FakeRelay relay = new FakeRelay()) {
      Worker<HydraConsumer> connecting =
          Worker.start(consumer(resolved(NOT_HERE, relay.address().getPort()), names)::connect);
      join(relay).close();
      HydraConsumer consumer = connecting.get();
      Worker<ByteBuffer> receiving = Worker.start(consumer::receive);
      FakeRelay.Peer again = join(relay);
      assertThat(asked).hasValue(2);
      consumer.close();
      assertThatThrownBy(receiving::get).isInstanceOf(ClosedException.class);
      again.close();
    }
  }

  @Test
  void whoseNameHangsDoesNotHoldUpAConsumersClose() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    NameLookups names = new NameLookups(hangingLater(hangs, asked));
    try (FakeRelay relay = new FakeRelay()) {
      Worker<HydraConsumer> connecting =
          Worker.start(
              consumer(unresolved(relay.address().getPort()), names)
                      .connectTimeout(ConnectingClient.LONG)
                  ::connect);
      join(relay).close();
      HydraConsumer consumer = connecting.get();
      Worker<ByteBuffer> receiving = Worker.start(consumer::receive);
      Worker.until("the look-up hangs", () -> asked.get() == 2);
      long at = System.nanoTime();
      consumer.close();

      assertThat(System.nanoTime() - at).isLessThan(Worker.A_SECOND.toNanos());
      assertThatThrownBy(receiving::get).isInstanceOf(ClosedException.class);
      Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
    } finally {
      hangs.countDown();
    }
  }

  @Test
  void whoseNameHangsDoesNotHoldUpAProducersAbort() throws Exception {
    CountDownLatch hangs = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    NameLookups names = new NameLookups(hangingLater(hangs, asked));
    try (FakeRelay relay = new FakeRelay()) {
      Worker<HydraProducer> connecting =
          Worker.start(
              producer(unresolved(relay.address().getPort()), names)
                      .connectTimeout(ConnectingClient.LONG)
                  ::connect);
      join(relay).close();
      HydraProducer producer = connecting.get();
      Worker.until("the look-up hangs", () -> asked.get() == 2);
      long at = System.nanoTime();
      producer.abort();

      assertThat(System.nanoTime() - at).isLessThan(Worker.A_SECOND.toNanos());
      Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
    } finally {
      hangs.countDown();
    }
  }

  @Test
  void whoseNameHangsKeepsOneThreadHoweverOftenItIsTried() {
    CountDownLatch hangs = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger(1);
    NameLookups names = new NameLookups(hangingLater(hangs, asked));
    try {
      for (int i = 0; i < 20; i++) {
        HydraConsumer.Builder builder =
            consumer(unresolved(4370), names).connectTimeout(Duration.ofMillis(25));
        assertThatThrownBy(builder::connect)
            .isInstanceOf(ConnectionException.class)
            .hasMessageContaining("does not answer in time");
      }
      assertThat(asked.get()).isLessThanOrEqualTo(2);
      Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
    } finally {
      hangs.countDown();
    }
  }
}
