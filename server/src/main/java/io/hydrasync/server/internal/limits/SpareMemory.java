package io.hydrasync.server.internal.limits;

import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;

/**
 * A few direct buffers of the size of a usual segment, kept to be used again: a log that runs lets
 * go of a segment for each one that it takes, and new memory would be zeroed and faulted in each
 * time. What was in a buffer before does no harm: only bytes that have been received since are ever
 * published.
 *
 * <p>Thread-safe without locks. A slot is filled only where it is empty and emptied only by
 * compare-and-set or exchange, so each buffer that was given has exactly one who gets it out again:
 * somebody who takes it and uses it, or somebody who cleans it. None stays behind once this is
 * closed: {@link #give} fills a slot and then reads {@code closed}, {@link #close} writes {@code
 * closed} and then empties the slots; all four are volatile accesses, which have one order, so the
 * giver sees that this is closed and empties the slots itself, or the closer finds the buffer.
 */
public final class SpareMemory {
  /** Smaller buffers are not worth a slot, nor what it may cost to let go of them at once. */
  private static final int LEAST_BYTES = 256 << 10;

  private static final int SLOTS = 8;

  private final IntFunction<CleanableDirectBuffer> allocator;
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
    this(most, SpareMemory::allocate);
  }

  /** With another source of new buffers, which throws OutOfMemoryError where there are none. */
  SpareMemory(long most, IntFunction<CleanableDirectBuffer> allocator) {
    this.most = most / SLOTS;
    this.allocator = allocator;
  }

  /**
   * A buffer of that size, with anything in it.
   *
   * @throws OutOfMemoryError if the JVM's limit is reached even without the spare ones
   */
  public CleanableDirectBuffer take(int bytes) {
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
      return allocator.apply(bytes);
    } catch (OutOfMemoryError e) {
      if (!clear()) {
        throw e; // to ask once more may take the JVM half a second
      }
      return allocator.apply(bytes);
    }
  }

  /**
   * New memory. Where the JVM has only dear ways to give memory back at once (25 without native
   * access: a handshake with all its threads), that is done for large buffers and left to the
   * garbage collector for small ones. A large one that only the collector gives back is not there
   * when the budget says that it is, and the JVM then stops the loop that asks, to wait for the
   * collector.
   */
  private static CleanableDirectBuffer allocate(int bytes) {
    return PlatformDependent.allocateDirect(bytes, bytes >= LEAST_BYTES);
  }

  /** Takes a buffer back that nobody uses any more. */
  public void give(CleanableDirectBuffer buffer) {
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

  /** Nothing is kept from now on; what is still in use is let go of when it is given. */
  void close() {
    closed = true;
    clear();
  }

  /** Whether there was anything to let go of. */
  private boolean clear() {
    boolean any = false;
    for (int i = 0; i < SLOTS; i++) {
      CleanableDirectBuffer spare = slots.getAndSet(i, null);
      if (spare != null) {
        spare.clean();
        any = true;
      }
    }
    return any;
  }
}
