package io.hydrasync.server.internal.log;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayDeque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The epochs that a log holds frames of, the oldest first, and the bytes of their HEADs.
 *
 * <p>A HEAD is held once: in the log, as it was received. What an epoch costs beside that, some
 * heap, is charged to {@link MemoryBudget#epochs()}, so a HEAD may have to wait like bytes that
 * there is no room for; never for long where a session holds less than two of them.
 *
 * <p>The bytes of a HEAD go with its segment although frames of the epoch are still held. Positions
 * rise, so there is at most one such epoch at each end of what is held: the one that the first byte
 * in memory belongs to, and where segments have been spilled the one that the first byte on disk
 * belongs to. Of these the HEAD is copied when its bytes go, charged, and let go of when others
 * take their places.
 *
 * <p>A consumer that begins in the middle of an epoch gets a copy that all share who wait for it to
 * be written, so that it pins no segment. Confined to the log's owner loop.
 */
public final class Epochs implements Iterable<Epoch> {
  /** Held at a time, by one log. */
  static final int MOST = 4096;

  /** HEADs in one segment: what can only go together. */
  static final int MOST_IN_SEGMENT = 512;

  /** So many a session may always have: those that its own next ones wait for. */
  private static final int OWN = 2;

  private final SessionLog log;
  private final MemoryBudget budget;
  private final ArrayDeque<Epoch> held = new ArrayDeque<>();
  private boolean reserved;

  /** The one at the first byte in memory. */
  private @Nullable Kept inMemory;

  /** The one at the first byte on disk. */
  private @Nullable Kept onDisk;

  /** The last HEAD that was copied for those who join, if it still is on its way to one of them. */
  private @Nullable Kept shared;

  /** A HEAD's copy. */
  private record Kept(Epoch epoch, ByteBuf bytes) {}

  Epochs(SessionLog log, MemoryBudget budget) {
    this.log = log;
    this.budget = budget;
  }

  @Nullable Epoch last() {
    return held.peekLast();
  }

  @Override
  public Iterator<Epoch> iterator() {
    return held.iterator();
  }

  Iterator<Epoch> newestFirst() {
    return held.descendingIterator();
  }

  int count() {
    return held.size();
  }

  /** Whether the oldest must go before there can be one more. */
  public boolean isFull() {
    return held.size() >= MOST;
  }

  // ---- coming and going ----

  /** Takes the heap for one more, if it is there. Taken once, until {@link #add}. */
  boolean tryReserve() {
    if (!reserved && !isFull()) {
      if (held.size() < OWN) {
        budget.epochs().reserve(Epoch.HEAP_BYTES);
        reserved = true;
      } else {
        reserved = budget.epochs().tryReserve(Epoch.HEAP_BYTES);
      }
    }
    return reserved;
  }

  /** Adds one that heap has been taken for. */
  void add(Epoch epoch) {
    if (!reserved) {
      throw new IllegalStateException("an epoch that nothing was reserved for");
    }
    reserved = false;
    held.addLast(epoch);
  }

  /** Lets go of those without frames at or behind a position, but for the last. */
  void trim(long heldStart) {
    int gone = 0;
    while (held.size() > 1 && held.getFirst().end <= heldStart) {
      held.removeFirst();
      gone++;
    }
    if (gone > 0) {
      budget.epochs().release((long) Epoch.HEAP_BYTES * gone);
    }
  }

  void clear() {
    budget.epochs().release((long) Epoch.HEAP_BYTES * (held.size() + (reserved ? 1 : 0)));
    reserved = false;
    held.clear();
    inMemory = keep(inMemory, null);
    onDisk = keep(onDisk, null);
    shared = null;
  }

  // ---- the bytes of HEADs ----

  /**
   * The log is about to let go of what it has in memory below a position; the bytes are still
   * there.
   *
   * @param heldStart where what it holds begins then, in memory or on disk
   * @return false if there is no memory for the HEAD that has to stay: nothing may go
   */
  boolean startMoves(long start, long heldStart) {
    try {
      // First what the disk needs: what is kept for the memory may be the only copy of it.
      onDisk = keep(onDisk, heldStart < start ? reaching(heldStart) : null);
      inMemory = keep(inMemory, reaching(start));
      return true;
    } catch (OutOfMemoryError e) {
      return false; // the JVM's own limit is tighter than the budget
    }
  }

  /** The log is about to let go of what it has on disk below a position. */
  void diskStartMoves(long heldStart) {
    try {
      onDisk = keep(onDisk, heldStart < log.start() ? reaching(heldStart) : null);
    } catch (HeldReader.SpillGoneException | OutOfMemoryError e) {
      onDisk = keep(onDisk, null); // who asks for it is told so
    }
  }

  /** The epoch that goes on at a position, if its HEAD begins in front of it. */
  private @Nullable Epoch reaching(long position) {
    for (Iterator<Epoch> all = held.descendingIterator(); all.hasNext(); ) {
      Epoch epoch = all.next();
      if (epoch.position < position) {
        return epoch.end > position || epoch == held.peekLast() ? epoch : null;
      }
    }
    return null;
  }

  /** Lets go of the copy of one epoch's HEAD for that of another. */
  private @Nullable Kept keep(@Nullable Kept last, @Nullable Epoch next) {
    if (last != null && last.epoch == next) {
      return last;
    }
    Kept kept = next == null ? null : new Kept(next, copyToKeep(next));
    if (last != null) {
      last.bytes.release();
    }
    return kept;
  }

  /**
   * Takes memory also where the budget is used up: more comes back at once, or as soon as sockets
   * have taken it, since the segments of these bytes are about to go; and it is one HEAD a session.
   */
  private ByteBuf copyToKeep(Epoch epoch) {
    ByteBuf copy = existing(epoch);
    if (copy == null) {
      budget.reserve(epoch.headLength);
      copy = copyOf(epoch);
    }
    return copy;
  }

  /** Another reference to a copy that there is. */
  private @Nullable ByteBuf existing(Epoch epoch) {
    for (Kept kept : new Kept[] {inMemory, onDisk, shared}) {
      if (kept != null && kept.epoch == epoch) {
        try {
          return kept.bytes.retainedDuplicate();
        } catch (IllegalReferenceCountException e) {
          shared = null; // all have it
        }
      }
    }
    return null;
  }

  /** A copy, for which memory has been reserved. */
  private ByteBuf copyOf(Epoch epoch) {
    int length = epoch.headLength;
    ByteBuf copy = Segment.memory(length, budget);
    try {
      HeldReader.copy(log.segmentOf(epoch.position), epoch.position, length, copy);
      return copy;
    } catch (RuntimeException e) {
      copy.release();
      throw e;
    }
  }

  /**
   * The HEAD of an epoch that is held, for a consumer that begins behind it.
   *
   * @return bytes that the caller owns, or null if they cannot be had: there is no memory for them,
   *     or the disk fails that they are on
   */
  @Nullable
  public ByteBuf head(Epoch epoch) {
    ByteBuf existing = existing(epoch);
    if (existing != null
        || epoch.position < log.heldStart()
        || !budget.tryReserveForReader(epoch.headLength)) {
      return existing;
    }
    try {
      ByteBuf copy = copyOf(epoch);
      shared = new Kept(epoch, copy);
      return copy.duplicate(); // whoever joins holds the reference, not this
    } catch (HeldReader.SpillGoneException | OutOfMemoryError e) {
      return null;
    }
  }

  /** A copy of a HEAD that is held, or null if it cannot be had. */
  public byte @Nullable [] headBytes(Epoch epoch) {
    ByteBuf head = head(epoch);
    if (head == null) {
      return null;
    }
    try {
      return ByteBufUtil.getBytes(head);
    } finally {
      head.release();
    }
  }
}
