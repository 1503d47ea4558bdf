package io.hydrasync.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.SessionConsumer;
import io.hydrasync.client.SessionProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/** The wire of the Rust crate's newest version, whose messages are packets of one length. */
public final class CrateExample {
  private CrateExample() {}

  /**
   * Runs the example.
   *
   * @param args not used
   */
  public static void main(String[] args) {
    SecureRandom random = new SecureRandom();
    byte[] id = new byte[SessionId.LENGTH]; // the crate knows no owners: any 64 bytes
    random.nextBytes(id);
    SessionSecrets secrets = new SessionSecrets(SessionId.of(id), SessionKey.generate(random));

    try (HydraServer relay = HydraServer.builder().classicPacket(16).bind()) {
      RelayAddress address = RelayAddress.of(relay.address());
      Ticket ticket = secrets.classicTicket(address, "1.0.0-beta.9");
      try (SessionConsumer consumer = HydraConsumer.connect(ticket)) {
        try (SessionProducer producer = HydraProducer.connect(ticket)) {
          send(producer, "two packets, as the relay cuts");
        }
        print(consumer);
      }
    }
  }

  private static void send(SessionProducer producer, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    int packet = producer.packetBytes().orElse(1); // what the relay has said
    int packets = (bytes.length + packet - 1) / packet;
    producer.broadcast(Arrays.copyOf(bytes, packets * packet)); // the rest is zeros
  }

  private static void print(SessionConsumer consumer) {
    for (ByteBuffer next = consumer.receive(); next != null; next = consumer.receive()) {
      System.out.println(UTF_8.decode(next).toString().replace("\0", "."));
    }
  }
}
