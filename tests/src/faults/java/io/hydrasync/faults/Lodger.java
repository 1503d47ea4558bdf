package io.hydrasync.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.IntConsumer;

/** What an application in a class loader of its own does with the client, and is then done. */
public final class Lodger implements IntConsumer {
  /** Made by its class loader's owner. */
  public Lodger() {}

  /**
   * Sends and receives a message.
   *
   * @param port a relay's
   */
  @Override
  public void accept(int port) {
    InetSocketAddress where = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    SessionSecrets session = SessionSecrets.generate();
    try (HydraProducer producer = HydraProducer.connect(where, session);
        HydraConsumer consumer = HydraConsumer.builder(where, session).connect()) {
      producer.broadcast(new byte[8]);
      consumer.receive();
    }
  }
}
