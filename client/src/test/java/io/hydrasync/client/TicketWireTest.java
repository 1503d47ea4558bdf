package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A session key is never used on another wire than its ticket's. */
class TicketWireTest {
  private static final SessionSecrets SESSION = ConnectingClient.PLAIN;
  private ServerSocket relay;

  @BeforeEach
  void listen() throws IOException {
    relay = new ServerSocket(0, 8, InetAddress.getByName("127.0.0.1"));
    relay.setSoTimeout(1);
  }

  @AfterEach
  void close() throws IOException {
    relay.close();
  }

  private List<RelayAddress> addresses() {
    return List.of(new RelayAddress("127.0.0.1", relay.getLocalPort()));
  }

  private Ticket wire2() {
    return Ticket.of(addresses(), SESSION.id(), SESSION.key());
  }

  private Ticket classic() {
    return Ticket.classic(addresses(), SESSION.id(), "1.0.0-beta.6", SESSION.key());
  }

  private void assertRefused(ThrowingCallable connect, String message) {
    assertThatThrownBy(connect)
        .isInstanceOf(UnsupportedByWireException.class)
        .hasMessageStartingWith(message);
    assertThatThrownBy(relay::accept)
        .as("nobody has connected")
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void aTicketForWire2IsNotUsedOnTheClassicOne() {
    String message = "the ticket is for wire 2 only, not for the classic wire";
    assertRefused(HydraConsumer.builder(wire2()).wire(Wire.CLASSIC)::connect, message);
    assertRefused(HydraProducer.builder(wire2()).wire(Wire.CLASSIC)::connect, message);
  }

  @Test
  void aTicketForTheClassicWireIsNotUsedOnWire2() {
    String message = "the ticket is for the classic wire only, not for wire 2";
    assertRefused(HydraConsumer.builder(classic()).wire(Wire.WIRE_2)::connect, message);
    assertRefused(HydraProducer.builder(classic()).wire(Wire.WIRE_2)::connect, message);
  }
}
