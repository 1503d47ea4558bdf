package io.hydrasync.server;

import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A few direct buffers of the size of a usual segment, kept to be used again: a log that runs lets
 * go of a segment for each one that it takes, and new memory would be zeroed and faulted in each
 * time. What was in a buffer before does no harm: only bytes that have been received since are ever
 * published.
 *
 * <p>Thread-safe without locks: each slot is emptied and filled by compare-and-set.
 */
final class SpareMemory {
  /** Smaller buffers are not worth a slot. */
  private static final int LEAST_BYTES = 256 << 10;

  private static final int SLOTS = 8;

  private final AtomicReferenceArray<CleanableDirectBuffer> slots =
      new AtomicReferenceArray<>(SLOTS);
  private final long most;
  private volatile boolean closed;

  /**
   * None yet.
   *
   * @param most bytes that each slot's buffer may have for all slots to stay below a bound
   */
  SpareMemory(long most) {
    this.most = most / SLOTS;
  }

  /**
   * A buffer of that size, with anything in it.
   *
   * @throws OutOfMemoryError if the JVM's limit is reached even without the spare ones
   */
  CleanableDirectBuffer take(int bytes) {
    for (int i = 0; i < SLOTS; i++) {
      CleanableDirectBuffer spare = slots.get(i);
      if (spare != null
          && spare.buffer().capacity() == bytes
          && slots.compareAndSet(i, spare, null)) {
        spare.buffer().clear();
        return spare;
      }
    }
    try {
      return PlatformDependent.allocateDirect(bytes);
    } catch (OutOfMemoryError e) {
      clear();
      return PlatformDependent.allocateDirect(bytes);
    }
  }

  /** Takes a buffer back that nobody uses any more. */
  void give(CleanableDirectBuffer buffer) {
    int bytes = buffer.buffer().capacity();
    for (int i = 0; i < SLOTS && bytes >= LEAST_BYTES && bytes <= most && !closed; i++) {
      if (slots.compareAndSet(i, null, buffer)) {
        if (closed) {
          clear();
        }
        return;
      }
    }
    buffer.clean();
  }

  /** Nothing is kept from now on. */
  void close() {
    closed = true;
    clear();
  }

  private void clear() {
    for (int i = 0; i < SLOTS; i++) {
      CleanableDirectBuffer spare = slots.getAndSet(i, null);
      if (spare != null) {
        spare.clean();
      }
    }
  }
}
