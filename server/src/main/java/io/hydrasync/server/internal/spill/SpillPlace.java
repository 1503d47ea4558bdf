package io.hydrasync.server.internal.spill;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where a relay's logs are spilled to: made at the first use. Thread-safe. */
public final class SpillPlace {
  private final Supplier<SpillStore> newStore;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable SpillStore store;

  /**
   * Nothing is made yet.
   *
   * @param newStore makes it
   */
  public SpillPlace(Supplier<SpillStore> newStore) {
    this.newStore = newStore;
  }

  /**
   * The files.
   *
   * @throws java.io.UncheckedIOException if they cannot be made
   */
  public SpillStore store() {
    SpillStore made = store;
    if (made != null) {
      return made;
    }
    lock.lock();
    try {
      made = store;
      if (made == null) {
        made = newStore.get();
        store = made;
      }
      return made;
    } finally {
      lock.unlock();
    }
  }

  /** Bytes on disk. */
  public long used() {
    SpillStore made = store;
    return made == null ? 0 : made.used();
  }

  /** The relay has stopped. */
  public void close() {
    SpillStore made = store;
    if (made != null) {
      made.close();
    }
  }
}
