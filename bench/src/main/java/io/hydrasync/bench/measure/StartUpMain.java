package io.hydrasync.bench.measure;

import io.hydrasync.bench.client.Payload;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.util.Locale;

/** An embedded relay, a producer and a consumer, up to the first message. */
public final class StartUpMain {
  private static final int BYTES = 64;

  private StartUpMain() {}

  /**
   * Prints how many milliseconds it took from binding to the first message, and exits.
   *
   * @param args none
   */
  public static void main(String[] args) {
    byte[] message = new byte[BYTES];
    Payload.fill(message, BYTES, 0);
    long began = System.nanoTime();
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = HydraProducer.connect(relay.address(), session);
        HydraConsumer consumer = HydraConsumer.builder(relay.address(), session).connect()) {
      producer.broadcast(message);
      ByteBuffer received = consumer.receive();
      if (received == null || !new Payload.Check(BYTES).matches(received, BYTES, 0)) {
        throw new IllegalStateException("the first message is not what was sent");
      }
      System.out.printf(Locale.ROOT, "%f%n", (System.nanoTime() - began) / 1e6);
      System.out.flush();
    }
  }
}
