package io.hydrasync.cli.bench;

import io.hydrasync.client.HydraConsumer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** Receives and checks the messages of one producer of a benchmark. For one thread. */
final class BenchConsumer {
  private static final long LONGEST = TimeUnit.HOURS.toNanos(1);
  private static final int DIGITS = 3;

  private final HydraConsumer consumer;
  private final BenchPayload payload;
  private final boolean timed;
  private final Histogram latencies = new Histogram(DIGITS);
  private long received;
  private long counted;
  private long endNanos;

  /**
   * A consumer.
   *
   * @param timed whether to note how long each message took
   */
  BenchConsumer(HydraConsumer consumer, BenchPayload payload, boolean timed) {
    this.consumer = consumer;
    this.payload = payload;
    this.timed = timed;
  }

  /**
   * Receives until the end of the session.
   *
   * @param counts from when on messages count
   * @throws IOException if a message is not the one that was sent
   */
  void run(long counts) throws IOException {
    for (ByteBuffer message = consumer.receive(); message != null; message = consumer.receive()) {
      if (!payload.isRight(message, received)) {
        throw new IOException("message " + received + " is not what was sent");
      }
      received++;
      long sent = BenchPayload.nanos(message);
      if (sent - counts >= 0) {
        counted++;
        if (timed) {
          latencies.recordValue(Math.max(0, Math.min(LONGEST, System.nanoTime() - sent)));
        }
      }
    }
    endNanos = System.nanoTime();
  }

  /** Messages that count. */
  long counted() {
    return counted;
  }

  /** When the end of the session came. */
  long endNanos() {
    return endNanos;
  }

  /** Of the messages that count, in nanoseconds. */
  Histogram latencies() {
    return latencies;
  }
}
