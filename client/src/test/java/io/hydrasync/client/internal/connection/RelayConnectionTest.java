package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.FakeRelay;
import io.hydrasync.client.internal.threads.ClientTimer;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Time, as a connection takes it: nothing here waits for as long as the limits are. */
class RelayConnectionTest {
  private static final int LOOKS = RelayConnection.LIVENESS_MS / ClientTimer.SHORT_STEP_MS;
  private static final byte[] NO_TOKEN = new byte[JoinMessage.RESUME_LENGTH];

  private final SessionId session = SessionSecrets.generate().id();
  private FakeRelay relay;
  private FakeRelay.Peer peer;
  private RelayConnection connection;

  @BeforeEach
  void connect() throws Exception {
    relay = new FakeRelay();
    CompletableFuture<RelayConnection> opening =
        CompletableFuture.supplyAsync(
            () ->
                RelayConnection.open(options(relay.address(), Duration.ofSeconds(20)), this::join));
    peer = relay.accept();
    peer.send(new JoinedMessage(0, 1 << 20, 0, 0, NO_TOKEN, 30));
    connection = opening.get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws IOException {
    connection.close();
    peer.close();
    relay.close();
  }

  private ClientOptions options(InetSocketAddress address, Duration connectTimeout) {
    return new ClientOptions(
        Relays.of(address),
        session,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        connectTimeout,
        Duration.ofSeconds(15),
        NameLookups.SYSTEM);
  }

  private JoinMessage join(byte[] handshakeHash) {
    return JoinMessage.of(Role.CONSUMER, session).from(JoinMessage.START_OLDEST);
  }

  private CompletableFuture<Boolean> reading() {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try {
                result.complete(connection.nextFrame());
              } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    reader.setDaemon(true);
    reader.start();
    while (!connection.isReading() && !result.isDone()) {
      Thread.onSpinWait();
    }
    return result;
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      connection.look(RelayConnection.LIVENESS_MS);
    }
  }

  @Test
  void endsWhenNothingComesWhileSomebodyWaits() {
    CompletableFuture<Boolean> reading = reading();
    look(LOOKS + 1); // the first one sees that the thread waits anew
    assertThat(connection.isClosed()).isFalse();
    connection.look(RelayConnection.LIVENESS_MS);
    assertThat(connection.isClosed()).isTrue();
    assertThatThrownBy(() -> reading.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(SocketTimeoutException.class);
  }

  /** What the timer's steps add to the silence is all that a frozen relay costs beyond it. */
  @Test
  void endsWithinTwoStepsOfTheTimerAfterTheSilence() {
    int silenceMs = 3_000;
    reading();
    int looks = 0;
    for (; !connection.isClosed(); looks++) {
      connection.look(silenceMs);
    }
    int firstMs = (looks - 1) * ClientTimer.SHORT_STEP_MS; // from the look that saw it wait
    assertThat(firstMs).isBetween(silenceMs, silenceMs + 2 * ClientTimer.SHORT_STEP_MS);
  }

  @Test
  void goesOnWhenAnythingComes() throws Exception {
    CompletableFuture<Boolean> reading = reading();
    look(LOOKS + 1);
    peer.send(new PongMessage(1));
    assertThat(reading.get(20, TimeUnit.SECONDS)).isTrue();
    CompletableFuture<Boolean> again = reading();
    look(LOOKS + 1);
    assertThat(connection.isClosed()).isFalse();
    peer.close();
    assertThat(again.get(20, TimeUnit.SECONDS)).as("a frame, before the end").isFalse();
  }

  @Test
  void staysOpenWhileNobodyWaits() {
    look(10 * LOOKS);
    assertThat(connection.isClosed()).isFalse();
  }

  @Test
  void closingEndsAReadInProgress() {
    CompletableFuture<Boolean> reading = reading();
    connection.close();
    assertThatThrownBy(() -> reading.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
  }

  /** A listener whose queue is full: the operating system does not answer at all. */
  @Test
  void givesUpConnectingInTime() throws Exception {
    List<Socket> filling = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
      boolean isFull = false;
      while (!isFull) {
        Socket next = new Socket();
        filling.add(next);
        try {
          next.connect(address, 200);
        } catch (SocketTimeoutException e) {
          isFull = true;
        }
      }
      long began = System.nanoTime();
      assertThatThrownBy(
              () -> RelayConnection.open(options(address, Duration.ofMillis(300)), this::join))
          .isInstanceOfSatisfying(
              ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isBetween(Duration.ofMillis(290), Duration.ofSeconds(20));
    } finally {
      for (Socket socket : filling) {
        socket.close();
      }
    }
  }
}
