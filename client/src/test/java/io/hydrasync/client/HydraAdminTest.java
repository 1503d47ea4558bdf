package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.InterruptedOperationException;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.wire.control.AdminMessage;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An operator's requests to a relay that does not answer. */
@Timeout(60)
class HydraAdminTest {
  private FakeRelay relay;
  private FakeRelay.Peer peer;
  private HydraAdmin admin;

  private void connect(Duration replyTimeout) throws Exception {
    Credential credential = Credential.generate(new SecureRandom());
    Worker<HydraAdmin> connecting =
        Worker.start(
            () ->
                HydraAdmin.builder(relay.address(), credential)
                    .replyTimeout(replyTimeout)
                    .connect());
    peer = relay.accept();
    peer.send(new JoinedMessage(0, 1 << 20, 0, 0, new byte[JoinMessage.RESUME_LENGTH], 30));
    admin = connecting.get();
  }

  @BeforeEach
  void bind() throws IOException {
    relay = new FakeRelay();
  }

  @AfterEach
  void close() throws IOException {
    admin.close();
    peer.close();
    relay.close();
  }

  static List<ThreadKind> kinds() {
    return ThreadKind.all();
  }

  private Worker<String> asking(ThreadKind kind) throws Exception {
    Worker<String> asking = Worker.start(kind, () -> admin.request("{}"));
    assertThat(peer.control()).isInstanceOf(AdminMessage.class);
    return asking;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsARequestWhoseThreadIsInterrupted(ThreadKind kind) throws Exception {
    connect(Duration.ofHours(1));
    Worker<String> asking = asking(kind);
    long at = asking.interrupt();

    assertThatThrownBy(asking::get).isInstanceOf(InterruptedOperationException.class);
    assertThat(asking.took(at)).isLessThan(Worker.A_SECOND);
    assertThat(asking.wasInterruptedAtEnd()).isTrue();
    assertThatThrownBy(() -> admin.request("{}"))
        .as("it cannot know what the relay did")
        .isInstanceOf(ConnectionException.class);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsARequestThatWaitsForAnother(ThreadKind kind) throws Exception {
    connect(Duration.ofHours(1));
    final Worker<String> first = asking(ThreadKind.PLATFORM);
    Worker<String> second =
        Worker.start(
            kind,
            () -> {
              Thread.currentThread().interrupt();
              return admin.request("{}");
            });

    assertThatThrownBy(second::get).isInstanceOf(InterruptedOperationException.class);
    assertThat(first.isDone()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void endsARequestWhenItIsClosed(ThreadKind kind) throws Exception {
    connect(Duration.ofHours(1));
    RelayKey key = admin.relayKey();
    Worker<String> asking = asking(kind);
    admin.close();
    admin.close();

    assertThatThrownBy(asking::get).isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> admin.request("{}")).isInstanceOf(ClosedException.class);
    assertThat(admin.relayKey()).isEqualTo(key);
    assertThat(peer.isAtEnd()).isTrue();
  }

  @Test
  void givesUpInTime() throws Exception {
    connect(Duration.ofMillis(900)); // in two steps
    Worker<String> asking = asking(ThreadKind.PLATFORM);

    assertThatThrownBy(asking::get)
        .isInstanceOfSatisfying(
            ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
  }
}
