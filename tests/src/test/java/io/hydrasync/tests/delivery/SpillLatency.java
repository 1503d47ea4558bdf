package io.hydrasync.tests.delivery;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Whether a stalled consumer is felt by the others under SPILL: latencies of 15 consumers with a
 * sixteenth that reads, and with one that does not, in turn. Started by {@code
 * tests/bin/spill-latency}.
 */
public final class SpillLatency {
  private static final int CONSUMERS = 16;
  private static final int SIZE = 4 << 10;
  private static final int PER_SECOND = 2_000;
  private static final int WARM_UP = 4_000;

  private SpillLatency() {}

  /**
   * Runs the comparison.
   *
   * @param args rounds, seconds of each measurement
   * @throws Exception if anything fails
   */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    int messages = WARM_UP + PER_SECOND * Integer.parseInt(args[1]);
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      long[] without = measure(messages, false);
      long[] with = measure(messages, true);
      ratios[round] = with[1] / (double) without[1];
      System.out.printf(
          "round %d: all read: p50 %d us, p99 %d us; one stalled: p50 %d us, p99 %d us, %d MiB spilled; "
              + "p99 ratio %.2f%n",
          round + 1, without[0], without[1], with[0], with[1], with[2] >> 20, ratios[round]);
    }
    Arrays.sort(ratios);
    System.out.printf("median p99 ratio %.2f%n", ratios[rounds / 2]);
  }

  /** p50 and p99 in microseconds over 15 consumers, and the bytes spilled at the end. */
  private static long[] measure(int messages, boolean stalled) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder().capacity(8 << 20).retention(1 << 20).maxFrame(1 << 20).bind();
        HydraProducer producer =
            HydraProducer.builder(relay.address(), session).overflow(Overflow.SPILL).connect()) {
      List<Future<long[]>> results = new ArrayList<>();
      List<HydraConsumer> consumers = new ArrayList<>();
      for (int i = 0; i < CONSUMERS; i++) {
        HydraConsumer consumer = Fixture.consume(relay.address(), session);
        consumers.add(consumer);
        if (i > 0 || !stalled) {
          results.add(Fixture.async(() -> latencies(consumer, messages)));
        }
      }
      send(producer, messages);
      long[] all = new long[0];
      for (Future<long[]> result :
          results.subList(results.size() - CONSUMERS + 1, results.size())) {
        long[] one = Fixture.join(result);
        int held = all.length;
        all = Arrays.copyOf(all, held + one.length);
        System.arraycopy(one, 0, all, held, one.length);
      }
      long spilled = relay.spilledBytes();
      consumers.forEach(HydraConsumer::close);
      Arrays.sort(all);
      return new long[] {
        all[all.length / 2] / 1000, all[(int) (all.length * 0.99)] / 1000, spilled
      };
    }
  }

  private static void send(HydraProducer producer, int messages) {
    byte[] message = new byte[SIZE];
    long step = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    long due = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      ByteBuffer.wrap(message).putLong(due); // when it should have been sent
      producer.broadcast(message);
      due += step;
    }
  }

  private static long[] latencies(HydraConsumer consumer, int messages) {
    long[] latencies = new long[messages - WARM_UP];
    for (int i = 0; i < messages; i++) {
      long sent = consumer.receive().getLong();
      if (i >= WARM_UP) {
        latencies[i - WARM_UP] = System.nanoTime() - sent;
      }
    }
    return latencies;
  }
}
