package io.hydrasync.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** The shortest whole program: a relay, a message, and a consumer that comes later. */
public final class QuickExample {
  private QuickExample() {}

  /**
   * Runs the example.
   *
   * @param args not used
   */
  public static void main(String[] args) {
    SecureRandom random = new SecureRandom();
    byte[] sessionId = new byte[64];
    byte[] sessionKey = new byte[32];
    random.nextBytes(sessionId);
    random.nextBytes(sessionKey);

    try (HydraServer server = HydraServer.bindDefault();
        HydraProducer producer = HydraProducer.connect(server.address(), sessionId, sessionKey)) {
      producer.broadcast("hello".getBytes(UTF_8)); // nobody is listening yet: it is retained
      try (HydraConsumer consumer =
          HydraConsumer.connect(server.address(), sessionId, sessionKey)) {
        ByteBuffer data = consumer.receive(); // valid until the next receive()
        System.out.println(UTF_8.decode(data));
      }
    }
  }
}
