package io.hydrasync.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.SessionConsumer;
import io.hydrasync.client.SessionProducer;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;

/** A session that only its owner can produce into; who has its ticket can read it. */
public final class OwnedSessionExample {
  private OwnedSessionExample() {}

  /**
   * Runs the example.
   *
   * @param args not used
   */
  public static void main(String[] args) {
    try (HydraServer relay = HydraServer.bindDefault()) {
      RelayAddress address = RelayAddress.of(relay.address());
      SessionSecrets secrets = SessionSecrets.generate();
      SessionProducer producer = HydraProducer.connect(address, secrets);
      Ticket ticket = secrets.ticket(address, producer.relayKey());

      try (SessionConsumer consumer = HydraConsumer.connect(ticket)) {
        publish(producer, 1_000);
        producer.close(); // the end that consumers can verify
        System.out.println(count(consumer) + " prices");
      }
    }
  }

  static void publish(SessionProducer producer, int prices) {
    for (int i = 0; i < prices; i++) {
      producer.write(("price " + i).getBytes(UTF_8)); // small messages share a frame
    }
    producer.flush();
  }

  static long count(SessionConsumer consumer) {
    long messages = 0;
    while (true) {
      try {
        ByteBuffer message = consumer.receive();
        if (message == null) {
          return messages; // the producer has ended the session, and nothing is missing
        }
        messages++;
      } catch (GapException gap) {
        System.out.println("lost: frames " + gap.from() + " to " + gap.to()); // and goes on
      }
    }
  }
}
