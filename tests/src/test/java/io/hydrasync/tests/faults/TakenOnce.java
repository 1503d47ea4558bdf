package io.hydrasync.tests.faults;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.testing.Link;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A model of what becomes of messages: many threads send over one producer, and are interrupted at
 * any moment; connections are cut and stop taking anything, the relay dies, with what it knows or
 * without; listeners throw; at last the producer is closed, left or given up, perhaps by several
 * threads at once. What threw is never delivered; what returned before everything was said to have
 * arrived is delivered exactly once; what else returned at most once; each thread's in order.
 *
 * <p>One round for one seed. What is random follows from it, when it happens depends on how the
 * operating system schedules.
 */
final class TakenOnce implements AutoCloseable {
  private static final int WRITERS = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration READER = Duration.ofSeconds(5);
  private static final Duration GRACE = Duration.ofMillis(1_500);
  private static final TakenWriters.Sizes SIZES = new TakenWriters.Sizes(200, 8_000, 150_000);
  private static final long BYTES = 24L << 20;

  private final Random random;

  /** Whether the relay may die with what it knows: then the ring holds all there is. */
  private final boolean mayForget;

  private final SessionSecrets session = SessionSecrets.generate();
  private HydraServer relay = relay();

  /** Small: a client that writes gets stuck soon. */
  static final int SOCKET_BUFFER = 64 << 10;

  private final RelayProxy gate =
      RelayProxy.builder(relay.address()).socketBuffer(SOCKET_BUFFER).start();
  private final RelayProxy judges =
      RelayProxy.builder(relay.address()).socketBuffer(SOCKET_BUFFER).start();
  private final StringBuilder story = new StringBuilder();

  /**
   * What happened.
   *
   * @param problems empty if all is as it should be
   * @param messages how many were delivered
   * @param story what was done
   */
  record Result(List<String> problems, int messages, String story) {
    @Override
    public String toString() {
      String first = problems.stream().limit(2).toList() + " of " + problems.size();
      return messages + " messages, problems " + first + "; " + story;
    }
  }

  private TakenOnce(long seed) throws Exception {
    random = new Random(seed * 0x9E3779B97F4A7C15L); // neighbours would begin alike
    mayForget = random.nextBoolean();
  }

  static Result round(long seed) throws Exception {
    try (TakenOnce round = new TakenOnce(seed)) {
      return round.run();
    }
  }

  /** Holds all that a round sends, so that whatever is missing has been lost by the producer. */
  private static HydraServer relay() {
    return HydraServer.builder()
        .capacity(128L << 20)
        .retention(128L << 20)
        .maxFrame(1 << 20)
        .memoryBudget(300L << 20)
        .bind();
  }

  private Result run() throws Exception {
    try (HydraConsumer consumer =
        HydraConsumer.builder(judges.address(), session).reconnectTimeout(PATIENCE).connect()) {
      TakenJudge judge = new TakenJudge(consumer, WRITERS);
      HydraProducer producer = producer();
      TakenWriters writers = new TakenWriters(producer, WRITERS, SIZES, BYTES, random);
      writers.start();
      Duration storm = Duration.ofMillis(300 + random.nextInt(900));
      long end = System.nanoTime() + storm.toNanos();
      while (writers.isBusy() && System.nanoTime() - end < 0) {
        happen(writers);
      }
      boolean arrived = end(producer, writers);
      gate.release();
      writers.stop();
      writers.join(PATIENCE);
      if (arrived) {
        writers.allArrived();
      }
      awaitReader(judge);
      List<String> problems = judge.verdict(writers.ledgers(), relay.address(), session);
      return new Result(problems, judge.messages(), story.toString());
    }
  }

  /**
   * Waits until who reads is back at the relay, if it comes: a session that is over is kept for it,
   * but not when another one has begun, as the verdict does. That would be no fault of the
   * producer's.
   */
  private void awaitReader(TakenJudge judge) {
    long end = System.nanoTime() + READER.toNanos();
    while (relay.operator().status().connections().getOrDefault(Role.CONSUMER, 0) == 0
        && !judge.isDone()
        && System.nanoTime() - end < 0) {
      pass(5);
    }
  }

  private HydraProducer producer() {
    int ring = mayForget ? 64 << 20 : 20_000 + random.nextInt(200_000);
    boolean blocks = random.nextInt(4) != 0;
    boolean coalesce = random.nextBoolean();
    int listener = random.nextInt(6);
    tell("ring " + ring + (blocks ? "" : " does-not-block") + " listener " + listener);
    return HydraProducer.builder(gate.address(), session)
        .ring(ring)
        .blockWhileDisconnected(blocks)
        .coalesce(coalesce)
        .reconnectTimeout(PATIENCE)
        .onStateChange(
            state -> {
              if (listener == 0) {
                throw new AssertionError("a listener's");
              } else if (listener < 3) {
                throw new IllegalStateException("a listener's");
              }
            })
        .connect();
  }

  // ---- what happens ----

  private void happen(TakenWriters writers) throws Exception {
    int what = random.nextInt(40);
    if (what == 0) {
      tell("cut");
      gate.cut(Link.Cut.RST);
    } else if (what == 1 && mayForget) {
      forget();
    } else if (what < 4) {
      gate.hold(Link.Direction.TO_RELAY);
      pass(random.nextInt(150));
      if (random.nextBoolean()) {
        writers.interruptOne(random);
        pass(random.nextInt(400));
      }
      if (random.nextInt(3) == 0) {
        gate.cut(Link.Cut.RST);
      }
      gate.release();
    } else {
      writers.interruptOne(random);
      pass(random.nextInt(8));
    }
  }

  /** The relay dies with all that it knows, and another one is there. */
  private void forget() {
    tell("forget");
    HydraServer old = relay;
    relay = relay();
    gate.lead(relay.address());
    judges.lead(relay.address());
    gate.cut(Link.Cut.RST);
    judges.cut(Link.Cut.RST);
    old.close();
  }

  /** Lets time pass, which is what happens meanwhile. */
  private static void pass(int ms) {
    long end = System.nanoTime() + Duration.ofMillis(ms).toNanos();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void tell(String what) {
    story.append(what).append("; ");
  }

  // ---- the end ----

  /** Ends the producer in some way, and says whether that means that everything has arrived. */
  private boolean end(HydraProducer producer, TakenWriters writers) throws Exception {
    int way = random.nextInt(6);
    boolean interrupted = random.nextBoolean();
    if (random.nextBoolean()) {
      tell("stop");
      writers.stop();
    }
    if (way >= 4 && random.nextBoolean()) {
      gate.hold(Link.Direction.TO_RELAY);
    } else {
      gate.release();
    }
    Future<?> another =
        way == 5 ? Fixture.async(() -> timed(producer::abort, Duration.ofSeconds(2))) : null;
    tell("end " + way);
    Future<Boolean> ending =
        Fixture.async(
            () -> {
              if (interrupted) {
                Thread.currentThread().interrupt();
              }
              boolean arrived = end(producer, way);
              if (Thread.interrupted() != interrupted) {
                throw new AssertionError("the flag stays as it was");
              }
              return arrived;
            });
    boolean arrived = ending.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (another != null) {
      another.get();
    }
    return arrived;
  }

  private static boolean end(HydraProducer producer, int way) throws Exception {
    try {
      switch (way) {
        case 0, 1 -> producer.close();
        case 2 -> producer.close(PATIENCE);
        case 3 -> producer.leave();
        case 4 -> timed(() -> producer.close(Duration.ofMillis(200)), Duration.ofMillis(200));
        default -> {
          timed(() -> producer.close(Duration.ofMillis(700)), Duration.ofMillis(700));
          return false; // another thread may have given it up before
        }
      }
      return true;
    } catch (ClosedException e) {
      if (way != 5) {
        throw e;
      }
      return false;
    } catch (HydraException e) {
      return false;
    }
  }

  private static Void timed(Runnable step, Duration bound) {
    long before = System.nanoTime();
    try {
      step.run();
    } finally {
      Duration took = Duration.ofNanos(System.nanoTime() - before);
      if (took.compareTo(bound.plus(GRACE)) > 0) {
        throw new AssertionError("took " + took + " instead of " + bound);
      }
    }
    return null;
  }

  @Override
  public void close() throws Exception {
    gate.close();
    judges.close();
    relay.close();
  }

  /**
   * The command.
   *
   * @param args the first seed, how many rounds, and perhaps "heap" for {@link TakenSmallHeap}
   */
  public static void main(String[] args) throws Exception {
    long seed = Long.parseLong(args[0]);
    int bad = 0;
    for (int i = 0; i < Integer.parseInt(args[1]); i++) {
      Result result =
          args.length > 2
              ? TakenSmallHeap.round(seed + i).orElse(new Result(List.of(), 0, "inconclusive"))
              : round(seed + i);
      System.out.println(seed + i + ": " + result);
      bad += result.problems.isEmpty() ? 0 : 1;
    }
    System.out.println(bad + " bad rounds");
  }
}
