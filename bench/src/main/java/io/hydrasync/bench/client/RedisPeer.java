package io.hydrasync.bench.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/**
 * Redis pub/sub with Jedis. Throughput is measured with pipelines, without which each message would
 * cost a round trip; latency without.
 */
final class RedisPeer implements Peer {
  private static final byte[] CHANNEL = "s".getBytes(US_ASCII);
  private static final int PIPELINE = 500;

  private final InetSocketAddress relay;
  private final Jedis producer;
  private final List<Jedis> consumers = new ArrayList<>();
  private final CountDownLatch subscribed;
  private final boolean pipelines;

  RedisPeer(InetSocketAddress relay, int count, boolean pipelines) {
    this.relay = relay;
    this.pipelines = pipelines;
    subscribed = new CountDownLatch(count);
    producer = connect();
    for (int i = 0; i < count; i++) {
      consumers.add(connect());
    }
  }

  private Jedis connect() {
    return new Jedis(relay.getHostString(), relay.getPort(), 20_000);
  }

  @Override
  public Sender sender() {
    try {
      subscribed.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return pipelines ? new Pipelining() : new OneByOne();
  }

  /** Publishes and waits for the reply. */
  private final class OneByOne implements Sender {
    @Override
    public void send(byte[] message, int length) {
      producer.publish(
          CHANNEL, length == message.length ? message : Arrays.copyOf(message, length));
    }

    @Override
    public void flush() {
      // nothing is kept
    }
  }

  /** Publishes many and then reads their replies. */
  private final class Pipelining implements Sender {
    private final Pipeline pipeline = producer.pipelined();
    private int pending;

    @Override
    public void send(byte[] message, int length) {
      pipeline.publish(
          CHANNEL, length == message.length ? message : Arrays.copyOf(message, length));
      if (++pending == PIPELINE) {
        flush();
      }
    }

    @Override
    public void flush() {
      pending = 0;
      pipeline.sync();
    }
  }

  @Override
  public Receiver receiver(int index) {
    Jedis consumer = consumers.get(index);
    return sink ->
        consumer.subscribe(
            new BinaryJedisPubSub() {
              @Override
              public void onSubscribe(byte[] channel, int count) {
                subscribed.countDown();
              }

              @Override
              public void onMessage(byte[] channel, byte[] message) {
                if (!sink.accept(message, 0, message.length)) {
                  unsubscribe();
                }
              }
            },
            CHANNEL);
  }

  @Override
  public boolean losesMessages() {
    return true;
  }

  @Override
  public void close() {
    consumers.forEach(Jedis::close);
    producer.close();
  }
}
