package io.hydrasync.tests.faults;

import com.sun.management.UnixOperatingSystemMXBean;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.NetworkFaults;
import io.hydrasync.tests.network.FaultProxy;
import io.hydrasync.tests.peer.Attacker;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Sessions that come and go over a bad network, with consumers that stall and strangers beside
 * them, for as long as is wanted; and what of the process grows meanwhile. {@code tests/bin/soak}.
 */
final class Soak {
  private static final int MIB = 1 << 20;
  private static final int WORKERS = 4;
  private static final int MESSAGES = 150;
  private static final int LARGEST = 20_000;
  private static final int SAMPLES = 40;

  private final HydraServer relay =
      HydraServer.builder()
          .capacity(8 * MIB)
          .retention(MIB)
          .maxFrame(MIB)
          .linger(Duration.ofSeconds(2))
          .handshakeTimeout(Duration.ofSeconds(2))
          .bind();
  private final long endNanos;
  private final long stepNanos;
  private final AtomicLong sessions = new AtomicLong();
  private final AtomicLong messages = new AtomicLong();
  private final AtomicLong faults = new AtomicLong();
  private final AtomicLong strangers = new AtomicLong();

  private Soak(Duration time) {
    endNanos = System.nanoTime() + time.toNanos();
    stepNanos = time.toNanos() / SAMPLES;
  }

  /** What is measured: its value now, and how much it may grow over the whole time. */
  private enum Measure {
    HEAP("heap, KiB", 16 << 10),
    DIRECT("direct memory, KiB", 16 << 10),
    DESCRIPTORS("descriptors", 60),
    THREADS("threads", 40);

    private final String title;
    private final double tolerance;

    Measure(String title, double tolerance) {
      this.title = title;
      this.tolerance = tolerance;
    }

    double now() {
      return switch (this) {
        case HEAP -> {
          System.gc();
          yield ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1024.0;
        }
        case DIRECT -> PlatformDependent.usedDirectMemory() / 1024.0;
        case DESCRIPTORS ->
            ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getOpenFileDescriptorCount();
        case THREADS -> ManagementFactory.getThreadMXBean().getThreadCount();
      };
    }
  }

  /**
   * The outcome.
   *
   * @param text for people
   * @param isFlat whether nothing grows
   */
  record Result(String text, boolean isFlat) {}

  static Result run(Duration time, long seed) throws Exception {
    return new Soak(time).run(seed);
  }

  private Result run(long seed) throws Exception {
    try (relay) {
      List<Future<?>> workers = new ArrayList<>();
      for (int i = 0; i < WORKERS; i++) {
        Random random = new Random(seed + i);
        workers.add(Fixture.async(() -> work(random)));
      }
      workers.add(Fixture.async(() -> strangers(new Random(seed))));
      double[][] samples = sample();
      for (Future<?> worker : workers) {
        worker.get();
      }
      Await.until("all sessions are forgotten", () -> relay.sessions() == 0);
      return report(samples);
    }
  }

  private boolean isOver() {
    return System.nanoTime() - endNanos >= 0;
  }

  // ---- the load ----

  private Void work(Random random) throws Exception {
    while (!isOver()) {
      session(random);
      sessions.incrementAndGet();
    }
    return null;
  }

  private void session(Random random) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    NetworkFaults.Pace pace = new NetworkFaults.Pace(80_000, 10, 50);
    try (FaultProxy network = new FaultProxy(relay.address(), random.nextLong(), pace)) {
      List<Future<Integer>> consumers = new ArrayList<>();
      CountDownLatch received = new CountDownLatch(2);
      for (int i = 0; i < 2; i++) {
        Random own = new Random(random.nextLong());
        consumers.add(Fixture.async(() -> consume(network, session, own, received)));
      }
      try (HydraProducer producer = patiently(() -> Fixture.produce(network.address(), session))) {
        for (int i = 0; i < MESSAGES; i++) {
          producer.broadcast(ByteBuffer.allocate(4 + random.nextInt(LARGEST)).putInt(0, i));
        }
        network.calm();
        // One that came back later than the linger time would wait for another producer.
        received.await();
      }
      for (Future<Integer> consumer : consumers) {
        messages.addAndGet(Fixture.join(consumer));
      }
      faults.addAndGet(network.faults());
    }
  }

  private int consume(
      FaultProxy network, SessionSecrets session, Random random, CountDownLatch received)
      throws Exception {
    int next = 0;
    try (HydraConsumer consumer = patiently(() -> Fixture.consume(network.address(), session))) {
      for (; next < MESSAGES; next++) {
        ByteBuffer view = consumer.receive();
        if (view == null || view.getInt() != next) {
          throw new AssertionError(view + " in the place of message " + next);
        }
        if (random.nextInt(100) == 0) {
          LockSupport.parkNanos(random.nextInt(100_000_000)); // stalls
        }
      }
      received.countDown();
      if (consumer.receive() != null) {
        throw new AssertionError("more than " + MESSAGES + " messages");
      }
    } finally {
      received.countDown(); // more often than needed: a producer must not wait for one that failed
    }
    return next;
  }

  /** A first connection is not repeated by the client, and this network breaks it now and then. */
  private static <T> T patiently(Supplier<T> connect) {
    for (int i = 0; ; i++) {
      try {
        return connect.get();
      } catch (HydraException e) {
        if (i == 50) {
          throw e;
        }
      }
    }
  }

  private Void strangers(Random random) throws Exception {
    Attacker.Phase[] phases = Attacker.Phase.values();
    while (!isOver()) {
      try (Attacker attacker =
          new Attacker(relay.address(), phases[random.nextInt(phases.length)])) {
        attacker.send(new byte[random.nextInt(300)]);
        LockSupport.parkNanos(2_000_000);
        attacker.reset();
      } catch (IOException e) {
        // refused in the middle of it
      }
      strangers.incrementAndGet();
    }
    return null;
  }

  // ---- what grows ----

  private double[][] sample() {
    double[][] samples = new double[Measure.values().length][SAMPLES];
    long began = endNanos - SAMPLES * stepNanos;
    for (int i = 0; i < SAMPLES; i++) {
      long due = began + (i + 1) * stepNanos;
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      for (Measure measure : Measure.values()) {
        samples[measure.ordinal()][i] = measure.now();
      }
    }
    return samples;
  }

  private Result report(double[][] samples) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%d sessions, %d messages delivered, %d faults, %d strangers%n",
            sessions.get(), messages.get(), faults.get(), strangers.get()));
    text.append(
        String.format(
            "%-20s %12s %12s %18s %10s%n", "", "median", "largest", "growth in all", "permitted"));
    boolean flat = true;
    for (Measure measure : Measure.values()) {
      double[] values = samples[measure.ordinal()];
      double growth = slope(values, SAMPLES / 4) * SAMPLES;
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      text.append(
          String.format(
              "%-20s %,12.0f %,12.0f %,18.1f %,10.0f%n",
              measure.title, sorted[SAMPLES / 2], sorted[SAMPLES - 1], growth, measure.tolerance));
      flat &= growth <= measure.tolerance;
    }
    return new Result(text.toString(), flat);
  }

  /** By least squares, for each sample, from one on: before that everything warms up. */
  private static double slope(double[] values, int from) {
    int n = values.length - from;
    double meanX = (n - 1) / 2.0;
    double meanY = 0;
    for (int i = 0; i < n; i++) {
      meanY += values[from + i] / n;
    }
    double above = 0;
    double below = 0;
    for (int i = 0; i < n; i++) {
      above += (i - meanX) * (values[from + i] - meanY);
      below += (i - meanX) * (i - meanX);
    }
    return above / below;
  }

  /**
   * Runs.
   *
   * @param args minutes, default 10; seed
   */
  public static void main(String[] args) throws Exception {
    double minutes = args.length > 0 ? Double.parseDouble(args[0]) : 10;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : System.nanoTime();
    System.out.println("soak: " + minutes + " minutes, seed " + seed);
    Result result = run(Duration.ofMillis((long) (minutes * 60_000)), seed);
    System.out.print(result.text);
    System.out.println(result.isFlat ? "flat" : "NOT FLAT");
    System.exit(result.isFlat ? 0 : 1);
  }
}
