package io.hydrasync.client.internal.threads;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Frees a thread that has been interrupted while it writes to a socket, which a platform thread
 * does not notice by itself. Whoever holds the lock over writing, and has not come further for some
 * looks of the timer, is stuck; if it has been interrupted, too, its connection is closed. Costs
 * the writer nothing. Thread-safe.
 */
public final class StuckWrites {
  /**
   * An interrupt is noticed at one of these looks, behind the first step: less than the second that
   * is promised. More than one, so that a machine that is busy is not taken for a relay that is.
   */
  private static final int LOOKS = 2;

  private final OwnedLock lock;
  private final LongSupplier progress;
  private final Runnable free;
  private final Runnable look = this::look;
  private volatile @Nullable Thread exempt;

  // for the timer
  private @Nullable Thread writerSeen;
  private long progressSeen;
  private int looks;

  /**
   * A watch that begins at once.
   *
   * @param lock held while something is written
   * @param progress another number after each thing that was written; read without the lock
   * @param free closes the connection; must not block
   */
  public StuckWrites(OwnedLock lock, LongSupplier progress, Runnable free) {
    this.lock = lock;
    this.progress = progress;
    this.free = free;
    ClientTimer.often(look);
  }

  /** The present thread is not freed: an interrupt does not shorten what it does. */
  public void exemptThisThread() {
    exempt = Thread.currentThread();
  }

  private void look() {
    Thread writer = lock.owner();
    long now = progress.getAsLong();
    if (writer == null || writer == exempt || writer != writerSeen || now != progressSeen) {
      looks = 0;
    } else if (++looks >= LOOKS && writer.isInterrupted()) {
      free.run();
    }
    writerSeen = writer;
    progressSeen = now;
  }

  /** Ends this watch; a look may be in progress. */
  public void stop() {
    ClientTimer.noLonger(look);
  }
}
