package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.internal.connection.Attempt;
import io.hydrasync.client.internal.connection.ClientOptions;
import io.hydrasync.client.internal.connection.NameLookups;
import io.hydrasync.client.internal.connection.NameService;
import io.hydrasync.client.internal.connection.RelaySocket;
import io.hydrasync.client.internal.connection.Relays;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The row of {@code connect} in the table of interruption, for all clients and at each step. */
@Timeout(60)
class ConnectInterruptionTest {
  private static final Duration LONG = ConnectingClient.LONG;

  static Stream<Arguments> clients() {
    return Stream.of(ConnectingClient.values())
        .flatMap(client -> ThreadKind.all().stream().map(kind -> Arguments.of(client, kind)));
  }

  private static void assertInterrupted(Worker<?> connecting) {
    long at = connecting.interrupt();
    assertThatThrownBy(connecting::get).isInstanceOf(InterruptedOperationException.class);
    assertThat(connecting.took(at)).isLessThan(Worker.A_SECOND);
    assertThat(connecting.wasInterruptedAtEnd()).isTrue();
    Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
  }

  @ParameterizedTest
  @MethodSource("clients")
  void inTheHandshake(ConnectingClient client, ThreadKind kind) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      Worker<AutoCloseable> connecting =
          Worker.start(kind, () -> client.connect(address(listener)));
      try (Socket peer = listener.accept()) {
        peer.setSoTimeout(15_000);
        assertThat(peer.getInputStream().read()).as("it speaks first").isNotNegative();

        assertInterrupted(connecting);
        assertThat(isAtEnd(peer)).isTrue();
      }
    }
  }

  private static InetSocketAddress address(ServerSocket listener) {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private static boolean isAtEnd(Socket peer) throws IOException {
    try {
      return peer.getInputStream().readAllBytes().length >= 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // a reset
    }
  }

  @ParameterizedTest
  @MethodSource("clients")
  void whileItWaitsForJoined(ConnectingClient client, ThreadKind kind) throws Exception {
    if (client.isClassic()) {
      return; // a classic relay answers no JOIN of wire 2
    }
    try (FakeRelay relay = new FakeRelay()) {
      Worker<AutoCloseable> connecting = Worker.start(kind, () -> client.connect(relay.address()));
      try (FakeRelay.Peer peer = relay.accept()) {
        assertInterrupted(connecting);
        assertThat(peer.isAtEnd()).isTrue();
      }
    }
  }

  /** A listener whose queue is full: the operating system does not answer at all. */
  @ParameterizedTest
  @MethodSource("clients")
  void whileTheOperatingSystemConnects(ConnectingClient client, ThreadKind kind) throws Exception {
    try (FullListener full = new FullListener()) {
      Worker<AutoCloseable> connecting = Worker.start(kind, () -> client.connect(full.address()));
      Worker.until("it connects", ConnectInterruptionTest::isInConnect);

      assertInterrupted(connecting);
    }
  }

  /** On a thread of the platform; where it is a virtual one there is nothing to see. */
  private static boolean isInConnect() {
    return Thread.getAllStackTraces().entrySet().stream()
            .filter(entry -> entry.getKey().getName().equals("hydra-connect"))
            .anyMatch(
                entry ->
                    Stream.of(entry.getValue())
                        .anyMatch(frame -> frame.getMethodName().equals("connect")))
        || Runtime.version().feature() >= 21;
  }

  @ParameterizedTest
  @MethodSource("clients")
  void beforeItBegan(ConnectingClient client, ThreadKind kind) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      Worker<AutoCloseable> connecting =
          Worker.start(
              kind,
              () -> {
                Thread.currentThread().interrupt();
                return client.connect(address(listener));
              });
      assertThatThrownBy(connecting::get).isInstanceOf(InterruptedOperationException.class);
      Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
    }
  }

  // ---- a look-up that hangs, which nothing ends ----

  private static Attempt<Socket> lookingUp(Duration connectTimeout, NameService names) {
    ClientOptions options =
        new ClientOptions(
            Relays.of(new RelayAddress("relay.example", 4370)),
            ConnectingClient.PLAIN.id(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            connectTimeout,
            Duration.ofSeconds(15),
            new NameLookups(names));
    return RelaySocket.start(options, () -> (socket, where) -> socket, RelaySocket::closeQuietly);
  }

  private static NameService hanging(CountDownLatch hangs) {
    return host -> {
      try {
        hangs.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      throw new UnknownHostException(host);
    };
  }

  @Test
  void whileANameIsLookedUp() {
    CountDownLatch hangs = new CountDownLatch(1);
    Worker<Socket> connecting =
        Worker.start(() -> RelaySocket.await(lookingUp(LONG, hanging(hangs))));
    assertInterrupted(connecting);
    hangs.countDown();
  }

  @Test
  void givesUpALookUpInTime() {
    CountDownLatch hangs = new CountDownLatch(1);
    assertThatThrownBy(() -> RelaySocket.await(lookingUp(Duration.ofMillis(100), hanging(hangs))))
        .isInstanceOfSatisfying(
            ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT))
        .hasMessageContaining("the name service has not answered");
    Worker.until("no thread is left", () -> !ConnectingClient.isAnyConnecting());
    hangs.countDown();
  }

  @Test
  void tellsWhoeverWaitsOfAnyFailure() {
    AssertionError fault = new AssertionError("a fault");
    assertThatThrownBy(
            () ->
                RelaySocket.await(
                    lookingUp(
                        LONG,
                        host -> {
                          throw fault;
                        })))
        .isInstanceOf(ConnectionException.class)
        .hasCause(fault);
  }
}
