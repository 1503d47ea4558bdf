package io.hydrasync.server.internal.sync;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A few who wait for a place for a moment, in the order in which they came. Each has its time, also
 * where it comes a second time. Not thread-safe.
 *
 * @param <G> who waits
 */
public final class BriefWait<G> {
  private final ArrayDeque<Entry<G>> waiting = new ArrayDeque<>();
  private final int most;

  private record Entry<G>(G guest, long untilNanos) {}

  /**
   * Nobody waits.
   *
   * @param most who may wait at a time
   */
  public BriefWait(int most) {
    this.most = most;
  }

  /** Lets a guest wait; false if its time is over or there are too many. */
  public boolean tryWait(G guest, long untilNanos, long nowNanos) {
    if (waiting.size() >= most || untilNanos - nowNanos <= 0) {
      return false;
    }
    waiting.addLast(new Entry<>(guest, untilNanos));
    return true;
  }

  /** Takes out who has come first. */
  @Nullable
  public G poll() {
    Entry<G> first = waiting.pollFirst();
    return first == null ? null : first.guest;
  }

  /** Takes out those whose time is over. */
  public List<G> takeLate(long nowNanos) {
    List<G> late = new ArrayList<>();
    for (Iterator<Entry<G>> all = waiting.iterator(); all.hasNext(); ) {
      Entry<G> entry = all.next();
      if (entry.untilNanos - nowNanos <= 0) {
        all.remove();
        late.add(entry.guest);
      }
    }
    return late;
  }

  /** How long the first of them still has whose time ends; 0 or more. Some are waiting. */
  public long nanosLeft(long nowNanos) {
    return waiting.stream()
        .mapToLong(entry -> Math.max(0, entry.untilNanos - nowNanos))
        .min()
        .orElseThrow();
  }

  public void forget(Predicate<G> gone) {
    waiting.removeIf(entry -> gone.test(entry.guest));
  }

  public boolean isEmpty() {
    return waiting.isEmpty();
  }
}
