package io.hydrasync.tests.crowd;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A consumer that never stalls. It fails unless every message comes once, in order and unchanged,
 * and notes when it came.
 */
final class CrowdWitness implements AutoCloseable {
  private final HydraConsumer consumer;
  private final Series[] phases;
  private final Future<Long> result;

  /** When the messages of one phase came: written by the witness, read when the phase is over. */
  private static final class Series {
    private final CountDownLatch over = new CountDownLatch(1);
    private long[] latencies = new long[1024];
    private int count;
    private long first;
    private long last;

    void add(long dueNanos) {
      long now = System.nanoTime();
      first = count == 0 ? now : first;
      last = now;
      if (count == latencies.length) {
        latencies = Arrays.copyOf(latencies, 2 * count);
      }
      latencies[count++] = now - dueNanos;
    }
  }

  CrowdWitness(HydraConsumer consumer, int phaseCount) {
    this.consumer = consumer;
    phases = new Series[phaseCount];
    Arrays.setAll(phases, i -> new Series());
    result = Fixture.async(this::receiveAll);
  }

  private Long receiveAll() {
    long next = 0;
    for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
      CrowdMessage message = CrowdMessage.read(view);
      if (message.number() != next) {
        throw new AssertionError("message " + message.number() + " came where " + next + " is due");
      }
      next++;
      Series phase = phases[message.phase()];
      phase.add(message.dueNanos());
      if (message.isLast()) {
        phase.over.countDown();
      }
    }
    return next;
  }

  /** Waits until the last message of a phase has come. */
  void awaitEndOf(int phase, long seconds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!phases[phase].over.await(1, TimeUnit.SECONDS)) {
      if (result.isDone()) {
        Fixture.join(result);
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("a witness has not got the last message of phase " + phase);
      }
    }
  }

  /** How many messages there were until the end. */
  long messages() throws InterruptedException {
    return Fixture.join(result);
  }

  /** Messages per second of a phase that is over. */
  double perSecond(int phase) {
    Series series = phases[phase];
    return (series.count - 1) * (double) TimeUnit.SECONDS.toNanos(1) / (series.last - series.first);
  }

  /** Nanoseconds from when the messages of a phase were due until they came. */
  long[] latencies(int phase) {
    return Arrays.copyOf(phases[phase].latencies, phases[phase].count);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
