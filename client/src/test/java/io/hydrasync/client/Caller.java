package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A thread of an application that calls a client, and how that ended. */
public final class Caller {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Thread thread;
  private final CountDownLatch done = new CountDownLatch(1);
  private final AtomicInteger returned = new AtomicInteger();
  private volatile Throwable thrown;
  private volatile boolean flag;
  private volatile long endNanos;

  /** A call that is made again and again. */
  public interface Call {
    void make(int number) throws Exception;
  }

  private Caller(ThreadKind kind, int times, Call call) {
    thread = kind.start(() -> run(times, call));
  }

  /** Makes a call once. */
  public static Caller once(ThreadKind kind, Call call) {
    return new Caller(kind, 1, call);
  }

  /** Makes calls until one throws or the thread is interrupted. */
  public static Caller repeatedly(ThreadKind kind, Call call) {
    return new Caller(kind, Integer.MAX_VALUE, call);
  }

  private void run(int times, Call call) {
    try {
      for (int i = 0; i < times; i++) {
        call.make(i);
        returned.incrementAndGet();
        if (times > 1 && Thread.currentThread().isInterrupted()) {
          break;
        }
      }
    } catch (Throwable e) {
      thrown = e;
    } finally {
      flag = Thread.currentThread().isInterrupted();
      endNanos = System.nanoTime();
      done.countDown();
    }
  }

  public static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end).as(what).isNegative();
      Thread.yield();
    }
  }

  /** Waits until it is in a method of a class, and no call has returned for a while. */
  public Caller awaitStuckIn(String className) {
    long[] since = {System.nanoTime()};
    int[] seen = {-1};
    await(
        "stuck in " + className,
        () -> {
          boolean there =
              Arrays.stream(thread.getStackTrace())
                  .anyMatch(frame -> frame.getClassName().endsWith(className));
          if (!there || returned.get() != seen[0]) {
            seen[0] = returned.get();
            since[0] = System.nanoTime();
          }
          return System.nanoTime() - since[0] > TimeUnit.MILLISECONDS.toNanos(150);
        });
    return this;
  }

  /** In a socket that takes no more. */
  public Caller awaitStuckInSocket() {
    return awaitStuckIn("NioSocketImpl");
  }

  /** Waiting for an acknowledgment or a connection. */
  public Caller awaitWaiting() {
    return awaitStuckIn("ProducerStatus");
  }

  /** Interrupts it; it has to have ended within the second that is promised. */
  void interruptAndAwait() throws InterruptedException {
    long before = System.nanoTime();
    thread.interrupt();
    join();
    // half a second for a machine that is busy
    assertThat(Duration.ofNanos(endNanos - before)).isLessThan(Duration.ofMillis(1_500));
  }

  void interrupt() {
    thread.interrupt();
  }

  boolean isDone() {
    return done.getCount() == 0;
  }

  public Caller join() throws InterruptedException {
    assertThat(done.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).as("has ended").isTrue();
    return this;
  }

  /** How many calls have returned. */
  public int returned() {
    return returned.get();
  }

  /** What a call threw, or null. */
  public Throwable thrown() {
    return thrown;
  }

  /** Whether its interrupt flag was set at the end. */
  boolean flag() {
    return flag;
  }
}
