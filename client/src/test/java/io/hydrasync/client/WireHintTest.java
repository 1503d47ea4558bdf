package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.classic.ClassicHandshake;
import io.hydrasync.protocol.classic.ClassicJoin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
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
    socket.getInputStream().readNBytes(ClassicHandshake.HELLO_LENGTH);
    socket.getOutputStream().write(new ClassicHandshake(new SecureRandom()).hello());
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
          byte[] hello = socket.getInputStream().readNBytes(ClassicHandshake.HELLO_LENGTH);
          first[0] = (byte) (hello.length == ClassicHandshake.HELLO_LENGTH ? 1 : 0);
          socket.getOutputStream().write(new ClassicHandshake(new SecureRandom()).hello());
        });
    Ticket ticket =
        session.classicTicket(new RelayAddress("127.0.0.1", where().getPort()), "1.0.0-beta.4");

    HydraConsumer.connect(ticket).close();

    relay.join();
    assertThat(first[0]).isEqualTo((byte) 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.2", "1.0.0-beta.9"})
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
    serve(WireHintTest::join);
    Ticket ticket =
        session.classicTicket(new RelayAddress("127.0.0.1", where().getPort()), "1.1.0");

    HydraConsumer.builder(ticket).classicVersion("1.1.0").connect().close();
  }
}
