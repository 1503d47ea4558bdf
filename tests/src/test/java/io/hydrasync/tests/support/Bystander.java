package io.hydrasync.tests.support;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;

/** A healthy session that must not notice what is done to the relay beside it. */
public final class Bystander implements AutoCloseable {
  private static final int P99_ROUNDS = 9;
  private static final int P99_MESSAGES = 300;

  private final HydraProducer producer;
  private final HydraConsumer consumer;
  private byte next;

  public Bystander(InetSocketAddress relay) {
    SessionSecrets session = SessionSecrets.generate();
    producer = Fixture.produce(relay, session);
    consumer = Fixture.consume(relay, session);
  }

  /** Sends a message and waits for it. */
  private long roundTripNanos() {
    long began = System.nanoTime();
    producer.broadcast(new byte[] {++next});
    byte got = consumer.receive(Duration.ofSeconds(30)).get();
    if (got != next) {
      throw new AssertionError("message " + got + " in the place of " + next);
    }
    return System.nanoTime() - began;
  }

  /** The latency that one message in a hundred exceeds. */
  public Duration p99(int messages) {
    long[] nanos = new long[messages];
    for (int i = 0; i < messages; i++) {
      nanos[i] = roundTripNanos();
    }
    Arrays.sort(nanos);
    return Duration.ofNanos(nanos[messages * 99 / 100]);
  }

  /**
   * The median of several {@link #p99}: one slice that the operating system gives to somebody else
   * moves one of them.
   */
  public Duration typicalP99() {
    Duration[] each = new Duration[P99_ROUNDS];
    Arrays.setAll(each, round -> p99(P99_MESSAGES));
    Arrays.sort(each);
    return each[P99_ROUNDS / 2];
  }

  @Override
  public void close() {
    producer.close();
    consumer.close();
  }
}
