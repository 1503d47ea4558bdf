package io.hydrasync.client;

import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Frees a thread that has been interrupted while it writes to a socket, which a platform thread
 * does not notice by itself. Whoever holds the lock over writing, and has not come further since
 * the last look, is stuck; if it has been interrupted, too, its connection is closed. Costs the
 * writer nothing. Thread-safe.
 */
final class StuckWrites {
  // At most one of the long steps and one of the short ones lie between an interrupt and its being
  // noticed: less than the second that is promised.
  private static final int IDLE_MS = 700;
  private static final int BUSY_MS = 100;

  private final OwnedLock lock;
  private final LongSupplier progress;
  private final Runnable free;
  private final Consumer<Throwable> broken;
  private volatile @Nullable Thread exempt;
  private volatile boolean stopped;
  private volatile ScheduledFuture<?> next;

  // for the timer
  private @Nullable Thread writerSeen;
  private long progressSeen;

  /**
   * A watch that begins at once.
   *
   * @param lock held while something is written
   * @param progress another number after each thing that was written; read without the lock
   * @param free closes the connection; must not block
   * @param broken hears what ended this watch
   */
  StuckWrites(OwnedLock lock, LongSupplier progress, Runnable free, Consumer<Throwable> broken) {
    this.lock = lock;
    this.progress = progress;
    this.free = free;
    this.broken = broken;
    next = ClientTimer.after(IDLE_MS, this::look);
  }

  /** The present thread is not freed: an interrupt does not shorten what it does. */
  void exemptThisThread() {
    exempt = Thread.currentThread();
  }

  private void look() {
    try {
      Thread writer = lock.owner();
      long now = progress.getAsLong();
      boolean isStuck = writer != null && writer == writerSeen && now == progressSeen;
      if (isStuck && writer != exempt && writer.isInterrupted()) {
        free.run();
      }
      boolean busy = writer != null || now != progressSeen;
      writerSeen = writer;
      progressSeen = now;
      if (!stopped) {
        next = ClientTimer.after(busy ? BUSY_MS : IDLE_MS, this::look);
      }
    } catch (Throwable e) {
      broken.accept(e);
    }
  }

  /** Ends this watch; a look may be in progress. */
  void stop() {
    stopped = true;
    next.cancel(false);
  }
}
