package io.hydrasync.client;

import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A call on a thread of its own, which the test interrupts or waits for. */
public final class Worker<T> {
  /** The second that is promised, and half of one for a machine that is busy. */
  public static final Duration A_SECOND = Duration.ofMillis(1_500);

  private static final Duration DEADLINE = Duration.ofSeconds(15);

  private final FutureTask<T> task;
  private final Thread thread;
  private volatile boolean interruptedAtEnd;
  private volatile long endedNanos;

  private Worker(ThreadKind kind, Callable<T> call) {
    task =
        new FutureTask<>(
            () -> {
              try {
                return call.call();
              } finally {
                endedNanos = System.nanoTime();
                interruptedAtEnd = Thread.currentThread().isInterrupted();
              }
            });
    thread = kind.start(task);
  }

  static <T> Worker<T> start(ThreadKind kind, Callable<T> call) {
    return new Worker<>(kind, call);
  }

  public static <T> Worker<T> start(Callable<T> call) {
    return new Worker<>(ThreadKind.PLATFORM, call);
  }

  public Thread thread() {
    return thread;
  }

  /** Interrupts the thread; returns when. */
  public long interrupt() {
    long now = System.nanoTime();
    thread.interrupt();
    return now;
  }

  /** What the call gave. */
  public T get() throws Exception {
    try {
      return task.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception problem ? problem : e;
    } catch (TimeoutException e) {
      return fail("still running after " + DEADLINE);
    }
  }

  public boolean isDone() {
    return task.isDone();
  }

  /** Whether its flag was set when the call returned. */
  boolean wasInterruptedAtEnd() {
    return interruptedAtEnd;
  }

  /** How long after a moment the call returned. */
  public Duration took(long sinceNanos) {
    return Duration.ofNanos(endedNanos - sinceNanos);
  }

  /** Returns as soon as the condition holds; fails when it does not within 15 s. */
  public static void until(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail("still waiting after " + DEADLINE + " until " + what);
      }
      Thread.onSpinWait();
      Thread.yield();
    }
  }
}
