package io.hydrasync.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows progress at regular times, on a daemon thread, until it is closed. */
public final class ProgressWatch implements AutoCloseable {
  private static final long DRAW_MILLIS = 200;
  private static final long TELL_MILLIS = 1_000;

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

  /** Five times a second. */
  public static ProgressWatch drawing(Runnable show) {
    return new ProgressWatch(show, DRAW_MILLIS);
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
