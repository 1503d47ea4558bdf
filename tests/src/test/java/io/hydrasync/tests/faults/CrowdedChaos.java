package io.hydrasync.tests.faults;

import io.hydrasync.client.Gap;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.NetworkFaults;
import io.hydrasync.tests.network.FaultProxy;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Chaos in a log that is too small for its consumers, so that the overflow policy acts all the
 * time: a prompt consumer without faults, three behind bad networks, a producer behind one, too.
 *
 * <p>Each message has a frame of its own. The prompt consumer's positions tell which, and so what
 * the others miss can be compared with what they were told, frame by frame: a message must have
 * come, or its frame must lie in an announced gap, never both and never neither.
 *
 * <p>SPILL promises that nobody misses anything, whatever is cut. BACKPRESSURE and GROW promise
 * that as long as a consumer's connection lives, so there its network delays, stalls and tears, but
 * does not cut. DROP and SKIP promise to tell.
 */
final class CrowdedChaos {
  private static final int SLOW_CONSUMERS = 3;
  private static final int MIB = 1 << 20;
  private static final long CAPACITY = 8 * MIB;
  private static final int SEGMENT = 256 << 10;

  /** How far the producer runs ahead of the prompt consumer: it must never be the one that lags. */
  private static final long AHEAD_OF_PROMPT = 2 * MIB;

  /** How far ahead of the slowest, so that a run ends: more than log and sockets hold. */
  private static final long AHEAD_OF_SLOWEST = 40L * MIB;

  private static final int PRODUCER_PACE = 50;
  private static final int LARGEST = 60_000;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /**
   * What happened.
   *
   * @param messages sent
   * @param faults of all kinds
   * @param missed messages that the slow consumers did not get, each of them announced
   * @param mostLogBytes seen in memory
   * @param mostSpilledBytes seen on disk
   */
  record Result(long messages, int faults, long missed, long mostLogBytes, long mostSpilledBytes) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d messages, %d faults, log up to %.1f MiB, spilled up to %.1f MiB; %d missed and"
              + " announced, 0 missed silently, 0 duplicated, 0 reordered",
          messages,
          faults,
          (double) mostLogBytes / MIB,
          (double) mostSpilledBytes / MIB,
          missed);
    }
  }

  private final Chaos.Plan plan;
  private final SessionSecrets session = SessionSecrets.generate();
  private final List<FaultProxy> proxies = new ArrayList<>();
  private final ConcurrentMap<Long, Long> frameOf = new ConcurrentHashMap<>();
  private final List<Account> accounts = new ArrayList<>();
  private volatile boolean failed;

  /** What one consumer got and was told. */
  private static final class Account {
    private final AtomicLong bytes = new AtomicLong();
    private final List<Long> missing = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final List<long[]> frames = new ArrayList<>();
    private long next;
  }

  private CrowdedChaos(Chaos.Plan plan) {
    this.plan = plan;
  }

  /** Runs a plan. Throws if the policy's promise is broken, or if the policy never had to act. */
  static Result run(Chaos.Plan plan) throws Exception {
    return new CrowdedChaos(plan).run();
  }

  private boolean isLossless() {
    return plan.policy() != Overflow.DROP && plan.policy() != Overflow.SKIP;
  }

  private Result run() throws Exception {
    try (HydraServer relay =
        HydraServer.builder()
            .capacity(CAPACITY)
            .growLimit(2 * CAPACITY)
            .retention(CAPACITY)
            .segmentSize(SEGMENT)
            .maxFrame(MIB)
            .bind()) {
      Random seeds = new Random(plan.seed());
      NetworkFaults.Pace pace = plan.pace();
      // The producer's network is less bad, or else nobody would ever lag behind it.
      NetworkFaults.Pace better =
          new NetworkFaults.Pace(
              PRODUCER_PACE * pace.meanBytes(), pace.longestDelayMs(), pace.longestStallMs());
      proxies.add(new FaultProxy(relay.address(), seeds.nextLong(), better));
      boolean cuts = plan.policy() == Overflow.SPILL || !isLossless();
      NetworkFaults.Fault[] kinds =
          cuts
              ? NetworkFaults.Fault.values()
              : new NetworkFaults.Fault[] {
                NetworkFaults.Fault.DELAY, NetworkFaults.Fault.STALL, NetworkFaults.Fault.SPLIT
              };
      List<Future<Account>> consumers = new ArrayList<>();
      consumers.add(start(HydraConsumer.builder(relay.address(), session)));
      for (int i = 0; i < SLOW_CONSUMERS; i++) {
        FaultProxy proxy = new FaultProxy(relay.address(), seeds.nextLong(), pace, kinds);
        proxies.add(proxy);
        consumers.add(start(HydraConsumer.builder(proxy.address(), session)));
      }
      return produceAndCheck(relay, consumers);
    } finally {
      for (FaultProxy proxy : proxies) {
        proxy.close();
      }
    }
  }

  private Result produceAndCheck(HydraServer relay, List<Future<Account>> consumers)
      throws Exception {
    long messages = 0;
    long bytes = 0;
    long mostLog = 0;
    long mostSpilled = 0;
    try (HydraProducer producer =
        Chaos.connectProducer(proxies.get(0), session, plan.policy(), false)) {
      while (faults() < plan.faults()) {
        byte[] message = message(messages++);
        producer.broadcast(message);
        bytes += message.length;
        mostLog = Math.max(mostLog, relay.logMemoryBytes());
        mostSpilled = Math.max(mostSpilled, relay.spilledBytes());
        awaitConsumers(bytes);
      }
      proxies.forEach(FaultProxy::calm);
    }
    long missed = 0;
    Account prompt = Fixture.join(consumers.get(0));
    check(prompt.next == messages && prompt.missing.isEmpty(), "the prompt consumer misses some");
    for (Future<Account> consumer : consumers.subList(1, consumers.size())) {
      Account account = Fixture.join(consumer);
      check(account.next <= messages, "more came than was sent");
      for (long number = account.next; number < messages; number++) {
        account.missing.add(number);
      }
      compare(account);
      missed += account.missing.size();
    }
    Result result = new Result(messages, faults(), missed, mostLog, mostSpilled);
    check(!isLossless() || missed == 0, "announced, but promised not to happen: " + result);
    check(policyActed(result), "the policy never had to act: " + result);
    return result;
  }

  private boolean policyActed(Result result) {
    return switch (plan.policy()) {
      case SPILL -> result.mostSpilledBytes > 0;
      case GROW -> result.mostLogBytes > CAPACITY + SEGMENT;
      case DROP, SKIP -> result.missed > 0;
      default -> result.mostLogBytes > CAPACITY - 2 * SEGMENT;
    };
  }

  /** Every frame of a message that came lies in no gap, and of one that did not, in one. */
  private void compare(Account account) {
    for (long number : account.missing) {
      long frame = frameOf.getOrDefault(number, -1L);
      check(isAnnounced(account, frame), "message " + number + " is missing and nobody said so");
    }
    for (long[] came : account.frames) {
      check(frameOf.get(came[0]) == came[1], "message " + came[0] + " came in two frames");
      check(!isAnnounced(account, came[1]), "message " + came[0] + " came and was said to miss");
    }
  }

  private static boolean isAnnounced(Account account, long frame) {
    return account.gaps.stream().anyMatch(gap -> gap.from() <= frame && frame < gap.to());
  }

  private int faults() {
    return proxies.stream().mapToInt(FaultProxy::faults).sum();
  }

  private static void check(boolean condition, String problem) {
    if (!condition) {
      throw new AssertionError(problem);
    }
  }

  private static byte[] message(long number) {
    return Chaos.message(number, size(number));
  }

  private static int size(long number) {
    return 8 + new Random(number).nextInt(LARGEST);
  }

  private void awaitConsumers(long sent) {
    Await.until(
        "the consumers come along",
        () -> failed || (isWithin(0, sent - AHEAD_OF_PROMPT) && slowestIsWithin(sent)));
    check(!failed, "a consumer has failed");
  }

  /** All have the first message: who has no position yet cannot be told what it misses. */
  private boolean slowestIsWithin(long sent) {
    for (int i = 1; i < accounts.size(); i++) {
      if (!isWithin(i, Math.max(1, sent - AHEAD_OF_SLOWEST))) {
        return false;
      }
    }
    return true;
  }

  private boolean isWithin(int consumer, long bytes) {
    return accounts.get(consumer).bytes.get() >= bytes;
  }

  // ---- consuming ----

  private Future<Account> start(HydraConsumer.Builder builder) {
    Account account = new Account();
    accounts.add(account);
    boolean isPrompt = accounts.size() == 1;
    return Fixture.async(() -> consume(builder, account, isPrompt));
  }

  private Account consume(HydraConsumer.Builder builder, Account account, boolean isPrompt) {
    builder.reconnectTimeout(PATIENCE).onGap(account.gaps::add);
    try (HydraConsumer consumer = Chaos.connect(builder)) {
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        long number = view.getLong(view.position());
        check(number >= account.next, number + " came where " + account.next + " is due");
        check(view.equals(ByteBuffer.wrap(message(number))), "message " + number + " was changed");
        long frame = consumer.position().orElseThrow().next() - 1;
        if (isPrompt) {
          frameOf.put(number, frame);
        } else {
          account.frames.add(new long[] {number, frame});
        }
        skipTo(account, number);
        account.bytes.addAndGet(view.remaining());
        account.next = number + 1;
      }
      return account;
    } catch (RuntimeException | Error e) {
      failed = true;
      throw e;
    }
  }

  private static void skipTo(Account account, long number) {
    for (long missing = account.next; missing < number; missing++) {
      account.missing.add(missing);
      account.bytes.addAndGet(size(missing));
    }
  }
}
