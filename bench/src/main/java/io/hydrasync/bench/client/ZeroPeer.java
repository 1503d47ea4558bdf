package io.hydrasync.bench.client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/**
 * ZeroMQ with JeroMQ, without a broker: the producer itself writes to every consumer. It waits for
 * a consumer whose queue is full instead of dropping (XPUB with NODROP).
 */
final class ZeroPeer implements Peer {
  private static final int QUEUE = 100_000;

  private final ZContext publishing = new ZContext(1);
  private final ZContext subscribing = new ZContext(1);
  private final ZMQ.Socket producer;
  private final List<ZMQ.Socket> consumers = new ArrayList<>();

  ZeroPeer(int count) {
    producer = publishing.createSocket(SocketType.XPUB);
    producer.setXpubNoDrop(true);
    producer.setXpubVerbose(true); // tells of each subscription, not only of the first
    producer.setSndHWM(QUEUE);
    producer.bind("tcp://127.0.0.1:*");
    for (int i = 0; i < count; i++) {
      ZMQ.Socket consumer = subscribing.createSocket(SocketType.SUB);
      consumer.setRcvHWM(QUEUE);
      consumer.connect(producer.getLastEndpoint());
      consumer.subscribe(new byte[0]);
      consumers.add(consumer);
    }
    for (int i = 0; i < count; i++) {
      producer.recv(); // a subscription
    }
  }

  @Override
  public Sender sender() {
    return new Sender() {
      @Override
      public void send(byte[] message, int length) {
        // a copy, because the library keeps the array
        producer.send(Arrays.copyOf(message, length));
      }

      @Override
      public void flush() {
        // nothing is kept
      }
    };
  }

  @Override
  public Receiver receiver(int index) {
    ZMQ.Socket consumer = consumers.get(index);
    return sink -> {
      byte[] message;
      do {
        message = consumer.recv();
      } while (sink.accept(message, 0, message.length));
    };
  }

  @Override
  public boolean losesMessages() {
    return false;
  }

  @Override
  public void close() {
    subscribing.close();
    publishing.close();
  }
}
