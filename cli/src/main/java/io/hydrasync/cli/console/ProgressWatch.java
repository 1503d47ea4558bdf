package io.hydrasync.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/** Shows progress at regular times, on a daemon thread, until it is closed. */
final class ProgressWatch implements AutoCloseable {
  private static final long DRAW_MILLIS = 200;
  private static final long TELL_MILLIS = 1_000;
  private static final int DRAWS_PER_SIZE = 25;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;

  private ProgressWatch(Runnable show, long everyMillis) {
    thread = new Thread(() -> run(show, everyMillis), "progress");
    thread.setDaemon(true);
    thread.start();
  }

  /** Once a second. */
  static ProgressWatch telling(Runnable show) {
    return new ProgressWatch(show, TELL_MILLIS);
  }

  /** Five times a second, with the width of the terminal, which is asked for less often. */
  static ProgressWatch drawing(IntConsumer show, IntSupplier columns) {
    int[] last = new int[2]; // how often it was shown, and the width
    return new ProgressWatch(
        () -> {
          if (last[0]++ % DRAWS_PER_SIZE == 0) {
            last[1] = columns.getAsInt();
          }
          show.accept(last[1]);
        },
        DRAW_MILLIS);
  }

  private void run(Runnable show, long everyMillis) {
    try {
      while (!closed.await(everyMillis, TimeUnit.MILLISECONDS)) {
        show.run();
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  /** When this returns, nothing more is shown. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
