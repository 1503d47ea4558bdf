package io.hydrasync.tests.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.NetworkFaults;
import io.hydrasync.tests.network.FaultProxy;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One producer and three consumers, each behind a bad network of its own, until there have been
 * enough faults; every consumer has to get every message once and in order. As a command: {@code
 * tests/bin/chaos --faults 1000 --seed 42 --policy backpressure}.
 */
final class Chaos {
  private static final int CONSUMERS = 3;
  private static final int LARGEST = 200_000;
  private static final int SMALL = 300;

  /**
   * How far the slowest consumer may be behind: what the relay retains and the ring holds covers
   * that.
   */
  private static final long WINDOW_BYTES = 2 << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What to do.
   *
   * @param faults how many, at least
   * @param seed of everything random
   * @param policy of the session
   * @param pace of the faults
   */
  record Plan(int faults, long seed, Overflow policy, NetworkFaults.Pace pace) {
    static Plan of(int faults, long seed) {
      return new Plan(faults, seed, Overflow.BACKPRESSURE, new NetworkFaults.Pace(60_000, 20, 300));
    }
  }

  /**
   * What happened.
   *
   * @param messages that every consumer got
   * @param bytes of those
   * @param faults of each kind
   * @param seconds that it took
   */
  record Result(long messages, long bytes, int[] faults, double seconds) {
    int allFaults() {
      return Arrays.stream(faults).sum();
    }

    @Override
    public String toString() {
      StringBuilder kinds = new StringBuilder();
      for (NetworkFaults.Fault kind : NetworkFaults.Fault.values()) {
        kinds.append(' ').append(kind).append(' ').append(faults[kind.ordinal()]);
      }
      return String.format(
          Locale.ROOT,
          "%d messages, %d bytes to each of %d consumers; %d faults:%s; %.1f s; 0 lost, 0 duplicated,"
              + " 0 reordered",
          messages,
          bytes,
          CONSUMERS,
          allFaults(),
          kinds,
          seconds);
    }
  }

  private final Plan plan;
  private final List<FaultProxy> proxies = new ArrayList<>();
  private final List<AtomicLong> received = new ArrayList<>();
  private volatile boolean failed;

  private Chaos(Plan plan) {
    this.plan = plan;
  }

  /** Runs a plan. Throws if a message is lost, comes twice, out of order or changed. */
  static Result run(Plan plan) throws Exception {
    return new Chaos(plan).run();
  }

  private Result run() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    long began = System.nanoTime();
    try (HydraServer relay = HydraServer.builder().retention(32 << 20).bind()) {
      Random seeds = new Random(plan.seed);
      for (int i = 0; i <= CONSUMERS; i++) {
        proxies.add(new FaultProxy(relay.address(), seeds.nextLong(), plan.pace));
      }
      List<Future<Long>> consumers = new ArrayList<>();
      for (int i = 0; i < CONSUMERS; i++) {
        AtomicLong bytes = new AtomicLong();
        received.add(bytes);
        FaultProxy proxy = proxies.get(1 + i);
        consumers.add(Fixture.async(() -> consume(session, proxy, bytes)));
      }
      long messages = produce(session, seeds.nextLong());
      for (Future<Long> consumer : consumers) {
        long count = Fixture.join(consumer);
        check(count == messages, count + " messages came of " + messages);
      }
      int[] faults = new int[NetworkFaults.Fault.values().length];
      for (NetworkFaults.Fault kind : NetworkFaults.Fault.values()) {
        faults[kind.ordinal()] = proxies.stream().mapToInt(proxy -> proxy.faults(kind)).sum();
      }
      double seconds = (System.nanoTime() - began) / 1e9;
      return new Result(messages, received.get(0).get(), faults, seconds);
    } finally {
      for (FaultProxy proxy : proxies) {
        proxy.close();
      }
    }
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }

  private int faults() {
    return proxies.stream().mapToInt(FaultProxy::faults).sum();
  }

  // ---- producing ----

  private long produce(SessionSecrets session, long seed) throws Exception {
    Random random = new Random(seed);
    try (HydraProducer producer = connectProducer(proxies.get(0), session, plan.policy, true)) {
      long number = 0;
      long bytes = 0;
      while (faults() < plan.faults) {
        for (int i = random.nextInt(50); i >= 0; i--) {
          byte[] message = message(number, size(random));
          send(producer, random, message);
          bytes += message.length;
          number++;
        }
        producer.flush();
        awaitWindow(bytes);
      }
      proxies.forEach(FaultProxy::calm);
      return number;
    }
  }

  static HydraProducer connectProducer(
      FaultProxy proxy, SessionSecrets session, Overflow policy, boolean coalesce) {
    for (int attempt = 0; ; attempt++) {
      try {
        return HydraProducer.builder(proxy.address(), session)
            .overflow(policy)
            .coalesce(coalesce)
            .reconnectTimeout(PATIENCE)
            .connect();
      } catch (HydraException e) {
        check(
            attempt < 50, "the producer cannot connect: " + e); // the first attempt is the caller's
      }
    }
  }

  private static int size(Random random) {
    return 8 + (random.nextInt(40) == 0 ? random.nextInt(LARGEST) : random.nextInt(SMALL));
  }

  private static void send(HydraProducer producer, Random random, byte[] message) {
    if (random.nextInt(4) == 0) {
      producer.broadcast(message);
    } else if (random.nextInt(4) == 0) {
      producer.write(ByteBuffer.wrap(message));
    } else {
      producer.write(message);
    }
  }

  private void awaitWindow(long sent) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!failed
        && received.stream().mapToLong(AtomicLong::get).min().orElse(0) < sent - WINDOW_BYTES) {
      check(System.nanoTime() - deadline < 0, "no consumer moves: " + received + " of " + sent);
      Thread.sleep(1);
    }
    check(!failed, "a consumer has failed");
  }

  static byte[] message(long number, int size) {
    byte[] message = Fixture.message(number, size);
    ByteBuffer.wrap(message).putLong(number);
    return message;
  }

  // ---- consuming ----

  private long consume(SessionSecrets session, FaultProxy proxy, AtomicLong bytes)
      throws Exception {
    try (HydraConsumer consumer = connectConsumer(session, proxy)) {
      long next = 0;
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        long number = view.getLong(view.position());
        check(number == next, "message " + number + " came where " + next + " is due");
        byte[] wanted = message(number, view.remaining());
        check(view.equals(ByteBuffer.wrap(wanted)), "message " + number + " was changed");
        bytes.addAndGet(wanted.length);
        next++;
      }
      return next;
    } catch (RuntimeException | Error e) {
      failed = true;
      throw e;
    }
  }

  private static HydraConsumer connectConsumer(SessionSecrets session, FaultProxy proxy) {
    return connect(HydraConsumer.builder(proxy.address(), session).reconnectTimeout(PATIENCE));
  }

  static HydraConsumer connect(HydraConsumer.Builder builder) {
    for (int attempt = 0; ; attempt++) {
      try {
        return builder.connect();
      } catch (HydraException e) {
        check(attempt < 50, "a consumer cannot connect: " + e);
      }
    }
  }

  /**
   * The command.
   *
   * @param args {@code --faults N --seed N --policy P}, and {@code --crowded true} for a log that
   *     is too small for its consumers, which DROP and SKIP always have
   */
  public static void main(String[] args) throws Exception {
    int faults = 1_000;
    long seed = System.nanoTime();
    boolean crowded = false;
    Overflow policy = Overflow.BACKPRESSURE;
    for (int i = 0; i + 1 < args.length; i += 2) {
      switch (args[i]) {
        case "--faults" -> faults = Integer.parseInt(args[i + 1]);
        case "--seed" -> seed = Long.parseLong(args[i + 1]);
        case "--policy" -> policy = Overflow.valueOf(args[i + 1].toUpperCase(Locale.ROOT));
        case "--crowded" -> crowded = Boolean.parseBoolean(args[i + 1]);
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    System.out.println("seed " + seed + ", " + policy);
    Plan plan = new Plan(faults, seed, policy, Plan.of(faults, seed).pace);
    crowded |= policy == Overflow.DROP || policy == Overflow.SKIP;
    System.out.println(crowded ? CrowdedChaos.run(plan) : run(plan));
  }
}
