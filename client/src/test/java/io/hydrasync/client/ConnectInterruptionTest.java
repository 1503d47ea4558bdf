package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
  private static final Duration LONG = Duration.ofHours(1);
  private static final Session OWNED = Session.generate();
  private static final Session PLAIN =
      new Session(
          SessionId.of(new byte[SessionId.LENGTH]),
          SessionKey.generate(new SecureRandom()),
          Optional.<OwnerKey>empty());

  /** Who connects. */
  enum Client {
    CONSUMER {
      @Override
      AutoCloseable connect(InetSocketAddress relay) {
        return HydraConsumer.builder(relay, OWNED.id(), OWNED.key()).connectTimeout(LONG).connect();
      }
    },
    PRODUCER {
      @Override
      AutoCloseable connect(InetSocketAddress relay) {
        return HydraProducer.builder(relay, OWNED).connectTimeout(LONG).connect();
      }
    },
    ADMIN {
      @Override
      AutoCloseable connect(InetSocketAddress relay) {
        Credential credential = Credential.generate(new SecureRandom());
        return HydraAdmin.builder(relay, credential).connectTimeout(LONG).connect();
      }
    },
    CLASSIC_CONSUMER {
      @Override
      AutoCloseable connect(InetSocketAddress relay) {
        return HydraConsumer.builder(relay, PLAIN.id(), PLAIN.key())
            .wire(Wire.CLASSIC)
            .connectTimeout(LONG)
            .connect();
      }
    },
    CLASSIC_PRODUCER {
      @Override
      AutoCloseable connect(InetSocketAddress relay) {
        return HydraProducer.builder(relay, PLAIN)
            .wire(Wire.CLASSIC)
            .connectTimeout(LONG)
            .connect();
      }
    };

    abstract AutoCloseable connect(InetSocketAddress relay);

    boolean isClassic() {
      return this == CLASSIC_CONSUMER || this == CLASSIC_PRODUCER;
    }
  }

  static Stream<Arguments> clients() {
    return Stream.of(Client.values())
        .flatMap(client -> ThreadKind.all().stream().map(kind -> Arguments.of(client, kind)));
  }

  private static void assertInterrupted(Worker<?> connecting) {
    long at = connecting.interrupt();
    assertThatThrownBy(connecting::get).isInstanceOf(InterruptedOperationException.class);
    assertThat(connecting.took(at)).isLessThan(Worker.A_SECOND);
    assertThat(connecting.wasInterruptedAtEnd()).isTrue();
    Worker.until("no thread is left", () -> !isConnecting());
  }

  private static boolean isConnecting() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("hydra-connect"));
  }

  @ParameterizedTest
  @MethodSource("clients")
  void inTheHandshake(Client client, ThreadKind kind) throws Exception {
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
  void whileItWaitsForJoined(Client client, ThreadKind kind) throws Exception {
    if (client.isClassic()) {
      return; // a classic relay never answers JOIN, and nobody waits for that
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
  void whileTheOperatingSystemConnects(Client client, ThreadKind kind) throws Exception {
    List<Socket> filling = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      while (fill(filling, address(full))) {
        // one more
      }
      Worker<AutoCloseable> connecting = Worker.start(kind, () -> client.connect(address(full)));
      Worker.until("it connects", ConnectInterruptionTest::isInConnect);

      assertInterrupted(connecting);
    } finally {
      for (Socket socket : filling) {
        socket.close();
      }
    }
  }

  private static boolean fill(List<Socket> filling, InetSocketAddress address) throws IOException {
    Socket next = new Socket();
    filling.add(next);
    try {
      next.connect(address, 200);
      return true;
    } catch (SocketTimeoutException e) {
      return false;
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
  void beforeItBegan(Client client, ThreadKind kind) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      Worker<AutoCloseable> connecting =
          Worker.start(
              kind,
              () -> {
                Thread.currentThread().interrupt();
                return client.connect(address(listener));
              });
      assertThatThrownBy(connecting::get).isInstanceOf(InterruptedOperationException.class);
      Worker.until("no thread is left", () -> !isConnecting());
    }
  }

  // ---- a look-up that hangs, which nothing ends ----

  private static ClientOptions options(Duration connectTimeout) {
    return new ClientOptions(
        InetSocketAddress.createUnresolved("relay.example", 4370),
        PLAIN.id(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        connectTimeout);
  }

  private static Attempt<Socket> lookingUp(Duration connectTimeout, CountDownLatch hangs) {
    return RelaySocket.start(
        options(connectTimeout),
        (socket, where) -> socket,
        RelaySocket::closeQuietly,
        relay -> {
          try {
            hangs.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          throw new IOException("unknown host");
        });
  }

  @Test
  void whileANameIsLookedUp() {
    CountDownLatch hangs = new CountDownLatch(1);
    Worker<Socket> connecting = Worker.start(() -> RelaySocket.await(lookingUp(LONG, hangs)));
    long at = connecting.interrupt();
    assertThatThrownBy(connecting::get).isInstanceOf(InterruptedOperationException.class);
    assertThat(connecting.took(at)).isLessThan(Worker.A_SECOND);
    hangs.countDown();
  }

  @Test
  void givesUpALookUpInTime() {
    CountDownLatch hangs = new CountDownLatch(1);
    assertThatThrownBy(() -> RelaySocket.await(lookingUp(Duration.ofMillis(100), hangs)))
        .isInstanceOfSatisfying(
            ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
    hangs.countDown();
  }

  @Test
  void tellsWhoeverWaitsOfAnyFailure() {
    AssertionError fault = new AssertionError("a fault");
    assertThatThrownBy(
            () ->
                RelaySocket.await(
                    RelaySocket.<Socket>start(
                        options(LONG),
                        (socket, where) -> socket,
                        RelaySocket::closeQuietly,
                        relay -> {
                          throw fault;
                        })))
        .isInstanceOf(ConnectionException.class)
        .hasCause(fault);
  }
}
