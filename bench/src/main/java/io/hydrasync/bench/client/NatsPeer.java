package io.hydrasync.bench.client;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Core NATS with jnats: a connection for the producer and one for each consumer. */
final class NatsPeer implements Peer {
  private static final String SUBJECT = "s";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Connection producer;
  private final List<Connection> connections = new ArrayList<>();
  private final List<Subscription> subscriptions = new ArrayList<>();

  NatsPeer(InetSocketAddress relay, int count) throws Exception {
    Options options =
        new Options.Builder()
            .server("nats://" + relay.getHostString() + ":" + relay.getPort())
            .maxMessagesInOutgoingQueue(0)
            .build();
    producer = Nats.connect(options);
    for (int i = 0; i < count; i++) {
      Connection connection = Nats.connect(options);
      connections.add(connection);
      Subscription subscription = connection.subscribe(SUBJECT);
      subscription.setPendingLimits(-1, -1);
      subscriptions.add(subscription);
      connection.flush(PATIENCE);
    }
  }

  @Override
  public Sender sender() {
    return new Sender() {
      @Override
      public void send(byte[] message, int length) {
        // a copy, because the client keeps the array until its writer thread has sent it
        producer.publish(SUBJECT, Arrays.copyOf(message, length));
      }

      @Override
      public void flush() throws IOException {
        producer.flushBuffer();
      }
    };
  }

  @Override
  public Receiver receiver(int index) {
    Subscription subscription = subscriptions.get(index);
    return sink -> {
      byte[] data;
      do {
        Message message = subscription.nextMessage(PATIENCE);
        if (message == null) {
          throw new IOException("NATS lost messages, or nothing was sent");
        }
        data = message.getData();
      } while (sink.accept(data, 0, data.length));
    };
  }

  @Override
  public boolean losesMessages() {
    return true;
  }

  @Override
  public void close() {
    try {
      for (Connection connection : connections) {
        connection.close();
      }
      producer.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
