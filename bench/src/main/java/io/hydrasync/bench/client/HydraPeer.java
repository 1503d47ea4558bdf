package io.hydrasync.bench.client;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Ours, with its defaults: sealed end to end, lossless. */
public final class HydraPeer implements Peer {
  private final HydraProducer producer;
  private final List<HydraConsumer> consumers = new ArrayList<>();
  private final boolean writes;

  /**
   * Joins.
   *
   * @param writes whether to use {@code write} instead of {@code broadcast}
   */
  public HydraPeer(InetSocketAddress relay, int count, boolean writes) throws InterruptedException {
    this.writes = writes;
    SessionSecrets session = SessionSecrets.generate();
    producer = HydraProducer.connect(relay, session);
    for (int i = 0; i < count; i++) {
      consumers.add(HydraConsumer.builder(relay, session).connect());
    }
    producer.awaitConsumers(count, Duration.ofSeconds(10));
  }

  @Override
  public Sender sender() {
    return new Sender() {
      @Override
      public void send(byte[] message, int length) {
        byte[] exact = length == message.length ? message : Arrays.copyOf(message, length);
        if (writes) {
          producer.write(exact);
        } else {
          producer.broadcast(exact);
        }
      }

      @Override
      public void flush() {
        producer.flush();
      }
    };
  }

  @Override
  public Receiver receiver(int index) {
    HydraConsumer consumer = consumers.get(index);
    return sink -> {
      ByteBuffer message = consumer.receive();
      while (message != null && sink.accept(message)) {
        message = consumer.receive();
      }
    };
  }

  @Override
  public boolean losesMessages() {
    return false;
  }

  @Override
  public void close() {
    consumers.forEach(HydraConsumer::close);
    producer.close();
  }
}
