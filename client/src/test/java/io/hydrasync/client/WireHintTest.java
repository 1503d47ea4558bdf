package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicHello;
import io.hydrasync.protocol.classic.ClassicJoin;
import io.hydrasync.protocol.classic.ClassicPackets;
import io.hydrasync.protocol.classic.ClassicStatus;
import io.hydrasync.protocol.classic.ClassicVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A relay that speaks another wire, or another version, ends the connection: what is said then. */
class WireHintTest {
  private final SessionSecrets session =
      new SessionSecrets(
          SessionId.of(new byte[SessionId.LENGTH]), SessionKey.generate(new SecureRandom()));
  private ServerSocket listener;
  private Thread relay;

  /** How a relay ends a connection. */
  private enum Close {
    FIN,
    RESET;

    void of(Socket socket) throws IOException {
      if (this == RESET) {
        socket.setSoLinger(true, 0);
      }
      socket.close();
    }
  }

  /** What a relay does with a connection. */
  private interface Script {
    void play(Socket socket) throws Exception;
  }

  @BeforeEach
  void listen() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stop() throws Exception {
    listener.close();
    relay.join();
  }

  private void serve(Script script) {
    relay =
        new Thread(
            () -> {
              try (Socket socket = listener.accept()) {
                script.play(socket);
              } catch (Exception e) {
                // the client is told by what it sees
              }
            },
            "relay");
    relay.start();
  }

  private InetSocketAddress where() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  private HydraProducer produce(Wire wire) {
    return HydraProducer.builder(where(), session).wire(wire).connect();
  }

  private HydraConsumer consume(Wire wire) {
    return HydraConsumer.builder(where(), session).wire(wire).connect();
  }

  private static void join(Socket socket) throws Exception {
    socket.getInputStream().readNBytes(ClassicHello.BETA_3.length());
    socket
        .getOutputStream()
        .write(new ClassicHandshake(ClassicHello.BETA_3, new SecureRandom()).hello());
    socket.getInputStream().readNBytes(ClassicJoin.FRAME_LENGTH);
  }

  @ParameterizedTest
  @CsvSource({"WIRE_2, FIN", "WIRE_2, RESET", "CLASSIC, FIN", "CLASSIC, RESET"})
  void asksWhetherTheRelayServesTheWireWhereItEndsTheHandshake(Wire wire, Close close) {
    serve(
        socket -> {
          socket.getInputStream().read();
          close.of(socket);
        });

    HydraException refusal = catchThrowableOfType(HydraException.class, () -> produce(wire));

    String name = wire == Wire.CLASSIC ? "the classic wire" : "wire 2";
    assertThat(refusal).hasMessageEndingWith("does it serve " + name + ", or is it full?");
  }

  @ParameterizedTest
  @EnumSource
  void tellsAClassicProducerWhatARefusalCanMeanHoweverItComes(Close close) {
    serve(
        socket -> {
          join(socket);
          close.of(socket);
        });

    HydraProducer producer = produce(Wire.CLASSIC);
    HydraException refusal =
        catchThrowableOfType(
            HydraException.class,
            () -> {
              while (true) { // until it is noticed, in reading or in writing
                producer.broadcast(new byte[100]);
              }
            });

    assertThat(refusal).hasMessageContaining("refuse a producer in that way: for its version");
    producer.abort();
  }

  @Test
  void tellsAClassicConsumerWhatAResetCanMean() {
    serve(
        socket -> {
          join(socket);
          Close.RESET.of(socket);
        });

    try (HydraConsumer consumer = consume(Wire.CLASSIC)) {
      HydraException refusal = catchThrowableOfType(HydraException.class, consumer::receive);

      assertThat(refusal)
          .isInstanceOf(SessionTruncatedException.class)
          .hasMessageContaining("refuse a consumer in that way: for its version");
    }
  }

  // ---- the wire of a ticket ----

  @Test
  void speaksTheWireThatTheTicketNames() throws Exception {
    byte[] first = new byte[1];
    serve(
        socket -> {
          byte[] hello = socket.getInputStream().readNBytes(ClassicHello.BETA_3.length());
          first[0] = (byte) (hello.length == ClassicHello.BETA_3.length() ? 1 : 0);
          socket
              .getOutputStream()
              .write(new ClassicHandshake(ClassicHello.BETA_3, new SecureRandom()).hello());
        });
    Ticket ticket =
        session.classicTicket(new RelayAddress("127.0.0.1", where().getPort()), "1.0.0-beta.4");

    HydraConsumer.connect(ticket).close();

    relay.join();
    assertThat(first[0]).isEqualTo((byte) 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.1", "1.0.0-beta.10"})
  void connectsToNobodyWithATicketForAVersionThatItDoesNotSpeak(String version) {
    serve(socket -> {});
    Ticket ticket =
        session.classicTicket(new RelayAddress("127.0.0.1", where().getPort()), version);

    UnsupportedByWireException consumer =
        catchThrowableOfType(UnsupportedByWireException.class, () -> HydraConsumer.connect(ticket));
    UnsupportedByWireException producer =
        catchThrowableOfType(
            UnsupportedByWireException.class, () -> HydraProducer.builder(ticket).connect());

    assertThat(consumer)
        .hasMessageContaining(version)
        .hasMessageContaining("this build speaks " + String.join(", ", Ticket.SPOKEN_VERSIONS));
    assertThat(producer).hasMessage(consumer.getMessage());
  }

  @Test
  void speaksAnotherVersionWhereTheApplicationSaysSoItself() {
    serve(socket -> joinLater(socket, "1.1.0", 100));
    Ticket ticket =
        session.classicTicket(new RelayAddress("127.0.0.1", where().getPort()), "1.1.0");

    try (HydraConsumer consumer = HydraConsumer.builder(ticket).classicVersion("1.1.0").connect()) {
      assertThat(consumer.packetBytes()).as("of the later wire").hasValue(100);
    }
  }

  private static void joinLater(Socket socket, String version, int packet) throws Exception {
    ClassicHandshake handshake = new ClassicHandshake(ClassicHello.BETA_7, new SecureRandom());
    byte[] hello = socket.getInputStream().readNBytes(ClassicHello.BETA_7.length());
    socket.getOutputStream().write(handshake.hello());
    ClassicCipher transport = handshake.withClient(hello).transport(version);
    socket.getInputStream().readNBytes(ClassicJoin.LEN);
    ClassicVersion spoken = ClassicVersion.of(version);
    socket.getOutputStream().write(ClassicStatus.SUCCESS.seal(transport, spoken));
    socket.getOutputStream().write(ClassicPackets.seal(transport, packet));
  }

  // ---- another version of the classic wire ----

  /** Each reads as much as its own hello has, and says its own; then it waits for a join. */
  @ParameterizedTest
  @CsvSource({
    "1.0.0-beta.2, BETA_3, 9",
    "1.0.0-beta.2, BETA_7, 9",
    "1.0.0-beta.6, BETA_2, 2",
    "1.0.0-beta.6, BETA_7, 9",
    "1.0.0-beta.7, BETA_2, 2",
    "1.0.0-beta.9, BETA_2, 2",
    "1.0.0-beta.9, BETA_3, 6",
    "1.0.0-beta.10, BETA_3, 6"
  })
  void asksForAnotherVersionWhereTheHelloIsNotAnswered(
      String version, ClassicHello served, int beta) {
    serve(
        socket -> {
          byte[] hello = socket.getInputStream().readNBytes(served.length());
          if (hello.length == served.length()) {
            socket
                .getOutputStream()
                .write(new ClassicHandshake(served, new SecureRandom()).hello());
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
          }
        });

    HydraException late =
        catchThrowableOfType(
            HydraException.class,
            () ->
                HydraConsumer.builder(where(), session)
                    .wire(Wire.CLASSIC)
                    .classicVersion(version)
                    .connectTimeout(Duration.ofMillis(300))
                    .connect());

    assertThat(late.code()).isEqualTo(ErrorCode.TIMEOUT);
    assertThat(late)
        .hasMessageEndingWith("; does it serve another version? --classic=1.0.0-beta." + beta);
  }

  @Test
  void saysAsWhatItSpokeWhereTheLaterHelloIsRefused() {
    serve(socket -> socket.getInputStream().read());

    HydraException refusal =
        catchThrowableOfType(
            HydraException.class,
            () ->
                HydraProducer.builder(where(), session)
                    .wire(Wire.CLASSIC)
                    .classicVersion("1.0.0-beta.8")
                    .connect());

    assertThat(refusal)
        .hasMessageEndingWith("does it serve the classic wire of 1.0.0-beta.8, or is it full?");
  }
}
