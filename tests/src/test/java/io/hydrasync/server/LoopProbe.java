package io.hydrasync.server;

import com.sun.management.ThreadMXBean;
import io.hydrasync.server.internal.admission.HeadChecks;
import io.netty.channel.EventLoop;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the one event loop of a relay from inside: the processor time of its thread, and how
 * much of that each of its rounds takes. A round is what the loop does without looking for input
 * again, one task or read at the least, so no task is longer than its round; processor time, so
 * that a machine with other work to do does not count. Thread-safe, except where said otherwise.
 */
public final class LoopProbe {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_ROUNDS = 1 << 20;
  private static final int IDLE_ROUNDS = 2_000;

  /** A round that takes so many times the usual empty one has done something. */
  private static final int BUSY = 3;

  private final HydraServer relay;
  private final EventLoop loop;
  private final long thread;

  // on the loop, but for what stop() reads behind it
  private long[] rounds = new long[0];
  private int count;
  private long lastNanos;
  private boolean watching;

  /**
   * What the busy rounds took, in nanoseconds of processor time.
   *
   * @param count of them
   * @param p99 the 99th percentile
   * @param max the longest
   */
  public record Rounds(long count, long p99, long max) {}

  /**
   * A probe.
   *
   * @param relay has one event loop, and a session
   */
  public LoopProbe(HydraServer relay) {
    this.relay = relay;
    loop = relay.relay().sessions().all().iterator().next().loop();
    thread = onLoop(() -> Thread.currentThread().getId());
  }

  private <T> T onLoop(java.util.function.Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, loop).join();
  }

  /**
   * Waits until the loop has done what it was given so far, and what it has had checked elsewhere.
   *
   * @return the processor time of its thread, in nanoseconds
   */
  public long processorNanos() throws InterruptedException {
    HeadChecks checks = relay.relay().services().headChecks();
    do {
      while (!checks.isIdle()) { // the loop itself is not asked: to answer would take its time
        TimeUnit.MICROSECONDS.sleep(200);
      }
      settle();
    } while (!checks.isIdle());
    return THREADS.getThreadCpuTime(thread);
  }

  private void settle() {
    for (int i = 0; i < 3; i++) { // tasks that it gives itself, too
      if (!relay.operator().isAlive(PATIENCE)) {
        throw new IllegalStateException("the loop does not answer");
      }
    }
  }

  /** Begins to look at rounds. */
  public void watch() {
    onLoop(
        () -> {
          rounds = new long[MOST_ROUNDS];
          count = 0;
          lastNanos = 0;
          watching = true;
          round();
          return true;
        });
  }

  private void round() {
    long now = THREADS.getCurrentThreadCpuTime();
    if (lastNanos != 0 && count < rounds.length) {
      rounds[count++] = now - lastNanos;
    }
    if (watching) {
      // scheduled, not executed: a loop runs all that is executed before it looks for input
      loop.schedule(this::round, 1, TimeUnit.NANOSECONDS);
    }
    lastNanos = THREADS.getCurrentThreadCpuTime();
  }

  /**
   * Rounds in which there is nothing to do have been seen: what comes from now on counts.
   *
   * @return what such a round takes, in nanoseconds
   */
  public long idleNanos() throws InterruptedException {
    while (onLoop(() -> count) < IDLE_ROUNDS) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return onLoop(
        () -> {
          long[] seen = Arrays.copyOf(rounds, count);
          Arrays.sort(seen);
          count = 0;
          return seen[seen.length / 2];
        });
  }

  /**
   * Stops to look.
   *
   * @param idleNanos from {@link #idleNanos()}
   * @return those in which there was something to do
   */
  public Rounds stop(long idleNanos) {
    return onLoop(
        () -> {
          watching = false;
          long[] busy =
              Arrays.stream(rounds, 0, count).filter(nanos -> nanos > BUSY * idleNanos).toArray();
          rounds = new long[0];
          Arrays.sort(busy);
          return busy.length == 0
              ? new Rounds(0, 0, 0)
              : new Rounds(busy.length, busy[(int) (busy.length * 0.99)], busy[busy.length - 1]);
        });
  }
}
