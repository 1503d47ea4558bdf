package io.hydrasync.faults;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A call on a thread of its own, platform or virtual: whether it ends, how, when, and with which
 * interrupt flag. The call may hang; whoever asks does not.
 */
final class Attempt<T> {
  private static final int POLL_MS = 20;
  private static final int STILL_POLLS = 15;

  private final Callable<T> call;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread thread;
  private volatile T result;
  private volatile Throwable thrown;
  private volatile boolean flag;
  private volatile long fromNanos = System.nanoTime();
  private volatile long toNanos;

  private Attempt(boolean virtual, Callable<T> call) throws ReflectiveOperationException {
    this.call = call;
    thread = virtual ? startVirtual(this::run) : new Thread(this::run, "attempt");
    if (!virtual) {
      thread.setDaemon(true);
      thread.start();
    }
  }

  static <T> Attempt<T> start(Callable<T> call) throws ReflectiveOperationException {
    return new Attempt<>(false, call);
  }

  static <T> Attempt<T> start(boolean virtual, Callable<T> call)
      throws ReflectiveOperationException {
    return new Attempt<>(virtual, call);
  }

  /** As {@link #start}, and awaited. */
  static <T> Attempt<T> of(double seconds, Callable<T> call)
      throws ReflectiveOperationException, InterruptedException {
    Attempt<T> attempt = start(call);
    attempt.ends(seconds);
    return attempt;
  }

  static boolean hasVirtualThreads() {
    return Runtime.version().feature() >= 21;
  }

  private static Thread startVirtual(Runnable task) throws ReflectiveOperationException {
    // compiled for 17
    return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
  }

  private void run() {
    try {
      result = call.call();
    } catch (InvocationTargetException e) {
      thrown = e.getCause();
    } catch (Throwable e) { // whatever it is, it is looked at
      thrown = e;
    }
    flag = Thread.currentThread().isInterrupted();
    toNanos = System.nanoTime();
    ended.countDown();
  }

  /** Interrupts it; its time counts from now. */
  void interrupt() {
    fromNanos = System.nanoTime();
    thread.interrupt();
  }

  /** Its time counts from now. */
  void clock() {
    fromNanos = System.nanoTime();
  }

  /** Whether it ends in this time. */
  boolean ends(double seconds) throws InterruptedException {
    return ended.await((long) (seconds * 1000), TimeUnit.MILLISECONDS);
  }

  /** Waits until it stands still: blocked, for as long as can be told from outside. */
  void awaitStill() throws InterruptedException {
    StackTraceElement[] last = {};
    int same = 0;
    while (same < STILL_POLLS && !ends(POLL_MS / 1000.0)) {
      StackTraceElement[] now = thread.getStackTrace();
      same = now.length > 0 && Arrays.equals(now, last) ? same + 1 : 0;
      last = now;
    }
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  T result() {
    return result;
  }

  Throwable thrown() {
    return thrown;
  }

  /** Whether it ended by an exception of this simple name: newer types are not known here. */
  boolean threw(String simpleName) {
    Throwable problem = thrown;
    return hasEnded() && problem != null && problem.getClass().getSimpleName().equals(simpleName);
  }

  boolean returned() {
    return hasEnded() && thrown == null;
  }

  boolean flag() {
    return flag;
  }

  double seconds() {
    return ((hasEnded() ? toNanos : System.nanoTime()) - fromNanos) / 1e9;
  }

  /** For a verdict. */
  String seen() {
    if (!hasEnded()) {
      return String.format(Locale.ROOT, "still blocked after %.1f s", seconds());
    }
    Throwable problem = thrown;
    String how = problem == null ? "returned" : "threw " + problem.getClass().getSimpleName();
    return String.format(
        Locale.ROOT, "%s after %.2f s%s", how, Math.max(0, seconds()), flag ? ", flag set" : "");
  }
}
