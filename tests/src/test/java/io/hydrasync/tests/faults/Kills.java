package io.hydrasync.tests.faults;

import io.hydrasync.client.Gap;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.FreePorts;
import io.hydrasync.tests.support.RelayProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Processes that are killed with {@code kill -9} and started again, while messages flow. As a
 * command: {@code tests/bin/kills --what relay --kills 50 --seed 42}.
 */
final class Kills {
  private static final int CONSUMERS = 3;
  private static final int LARGEST = 100_000;
  private static final int SMALL = 300;

  /** How far the slowest consumer may be behind: less than the producer's ring holds. */
  private static final long WINDOW_BYTES = 2 << 20;

  /**
   * With this ring the consumers are slow, so that most of what is under way is in the relay only.
   */
  private static final int TINY_RING = 1 << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Kills() {}

  /**
   * What happened.
   *
   * @param kills how many
   * @param messages how many were sent
   * @param missing how many of them somebody did not get; all announced
   * @param gaps how many announcements there were
   * @param seconds that it took
   */
  record Result(int kills, long messages, long missing, long gaps, double seconds) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d kills, %d messages, %d missing in %d announced gaps, 0 missing in silence,"
              + " 0 duplicated, 0 reordered; %.1f s",
          kills,
          messages,
          missing,
          gaps,
          seconds);
    }
  }

  static void check(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }

  static byte[] message(long number, Random random, boolean mostlyLarge) {
    boolean large = random.nextInt(40) == 0 || mostlyLarge;
    int size = 8 + random.nextInt(large ? LARGEST : SMALL);
    byte[] message = Fixture.message(number, size);
    ByteBuffer.wrap(message).putLong(number);
    return message;
  }

  // ---- the relay is killed ----

  /**
   * Kills a relay in mid-stream and starts it again on its port, with its key.
   *
   * @param kills how often
   * @param seed of everything random
   * @param tinyRing whether the producer keeps far less than is under way, so that messages get
   *     lost
   */
  static Result ofRelay(int kills, long seed, boolean tinyRing) throws Exception {
    long began = System.nanoTime();
    Random random = new Random(seed);
    SessionSecrets session = SessionSecrets.generate();
    int port = FreePorts.next();
    Path key = Files.createTempDirectory("hydra-kills").resolve("relay.key");
    ChildJvm relay = startRelay(port, key);
    List<Receiver> receivers = new ArrayList<>();
    List<Future<Long>> results = new ArrayList<>();
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      for (int i = 0; i < CONSUMERS; i++) {
        Receiver receiver = new Receiver(address, session, tinyRing);
        receivers.add(receiver);
        results.add(Fixture.async(receiver::run));
      }
      long messages = 0;
      HydraProducer.Builder builder =
          HydraProducer.builder(address, session).reconnectTimeout(PATIENCE);
      try (HydraProducer producer = builder.ring(tinyRing ? TINY_RING : 64 << 20).connect()) {
        for (int kill = 0; kill < kills; kill++) {
          Future<Long> sending =
              Fixture.async(sending(producer, receivers, messages, random, tinyRing));
          Thread.sleep((tinyRing ? 500 : 50) + random.nextInt(400));
          relay.kill();
          relay = startRelay(port, key);
          messages = Fixture.join(sending);
        }
        receivers.forEach(receiver -> receiver.slow = false);
        messages = sending(producer, receivers, messages, random, tinyRing).call();
      }
      long last = messages;
      for (Future<Long> result : results) {
        check(tinyRing || Fixture.join(result) == last, "not every message came");
        Fixture.join(result);
      }
      long missing = receivers.stream().mapToLong(receiver -> last - receiver.count).sum();
      long gaps = receivers.stream().mapToLong(receiver -> receiver.gaps).sum();
      check(
          tinyRing || gaps == 0, "there was a gap though nobody was behind by more than the ring");
      return new Result(kills, messages, missing, gaps, (System.nanoTime() - began) / 1e9);
    } finally {
      relay.close();
      receivers.forEach(Receiver::stop);
    }
  }

  private static ChildJvm startRelay(int port, Path key) throws IOException {
    ChildJvm relay = ChildJvm.start(RelayProcess.class, Integer.toString(port), key.toString());
    relay.awaitReady();
    return relay;
  }

  /** Sends some thousand messages, so many that the relay dies in their midst. */
  private static Callable<Long> sending(
      HydraProducer producer,
      List<Receiver> receivers,
      long first,
      Random seeds,
      boolean tinyRing) {
    Random random = new Random(seeds.nextLong());
    return () -> {
      long number = first;
      long window = 0;
      long end = System.nanoTime() + Duration.ofMillis(1200).toNanos();
      while (System.nanoTime() - end < 0) {
        for (int i = 0; i < 20; i++) {
          byte[] message = message(number++, random, tinyRing);
          window += message.length;
          if (random.nextInt(4) == 0) {
            producer.broadcast(message);
          } else {
            producer.write(message);
          }
        }
        if (!tinyRing && window > WINDOW_BYTES / 8) {
          awaitReceivers(receivers, number);
          window = 0;
        }
        Thread.sleep(1);
      }
      producer.flush();
      return number;
    };
  }

  /** Waits until nobody is far behind. */
  private static void awaitReceivers(List<Receiver> receivers, long number)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (Receiver receiver : receivers) {
      while (receiver.next.get() < number - 200) {
        receiver.checkHealth();
        check(System.nanoTime() - deadline < 0, "a consumer does not move: " + receiver.next);
        Thread.sleep(1);
      }
    }
  }

  /** A consumer that checks what it gets. */
  private static final class Receiver {
    private final HydraConsumer consumer;
    private final AtomicLong next = new AtomicLong();
    private final List<Gap> open = new ArrayList<>();
    private long lastFrame = -1;
    private volatile long count;
    private volatile long gaps;
    private volatile boolean slow;
    private volatile Throwable failure;

    Receiver(InetSocketAddress relay, SessionSecrets session, boolean slow) {
      this.slow = slow;
      consumer =
          HydraConsumer.builder(relay, session)
              .reconnectTimeout(PATIENCE)
              .onGap(this::gap)
              .connect();
    }

    private void gap(Gap gap) {
      gaps++;
      open.add(gap);
    }

    private Long run() throws InterruptedException {
      try {
        for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
          take(view);
          if (slow) {
            Thread.sleep(20);
          }
        }
        return count;
      } catch (RuntimeException | Error e) {
        failure = e;
        throw e;
      }
    }

    private void take(ByteBuffer view) {
      long number = view.getLong(view.position());
      long due = next.get();
      byte[] wanted = Fixture.message(number, view.remaining());
      ByteBuffer.wrap(wanted).putLong(number);
      check(view.equals(ByteBuffer.wrap(wanted)), "message " + number + " was changed");
      check(number >= due, "message " + number + " came a second time");
      long frame = frame();
      long announced = open.stream().mapToLong(gap -> gap.to() - gap.from()).sum();
      check(
          number == due || announced > 0,
          "messages " + due + " to " + (number - 1) + " are missing in silence");
      for (Gap gap : open) {
        check(
            gap.from() > lastFrame && gap.to() <= frame,
            gap + " covers frames that came: " + lastFrame + " and " + frame);
      }
      open.clear();
      lastFrame = frame;
      next.set(number + 1);
      count++;
    }

    private long frame() {
      var position = consumer.position().orElseThrow();
      return position.delivered() > 0 ? position.next() : position.next() - 1;
    }

    void checkHealth() {
      check(failure == null, "a consumer has failed: " + failure);
    }

    void stop() {
      consumer.close();
    }
  }

  /**
   * The command.
   *
   * @param args {@code --what relay|tiny-ring|consumer --kills N --seed N}
   */
  public static void main(String[] args) throws Exception {
    String what = "relay";
    int kills = 50;
    long seed = System.nanoTime();
    for (int i = 0; i + 1 < args.length; i += 2) {
      switch (args[i]) {
        case "--what" -> what = args[i + 1];
        case "--kills" -> kills = Integer.parseInt(args[i + 1]);
        case "--seed" -> seed = Long.parseLong(args[i + 1]);
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    System.out.println("seed " + seed + ", " + what);
    Result result =
        switch (what) {
          case "relay" -> ofRelay(kills, seed, false);
          case "tiny-ring" -> ofRelay(kills, seed, true);
          case "consumer" -> ConsumerKills.run(kills, seed);
          default -> throw new IllegalArgumentException("--what relay, tiny-ring or consumer");
        };
    System.out.println(result);
  }
}
