package io.hydrasync.server.internal.log;

import java.util.ArrayDeque;

/**
 * How many sequences there are in ranges that are added in rising order and may be cut off at their
 * end again. Of the oldest ranges only the sum is kept: whoever resends frames does not go back
 * that far, so the sum stays right. Not thread-safe.
 */
final class SeqRanges {
  private static final int MOST = 64;

  private final ArrayDeque<Range> ranges = new ArrayDeque<>();
  private long count;

  private record Range(long from, long to) {
    long length() {
      return to - from;
    }
  }

  /** How many sequences there are. */
  long count() {
    return count;
  }

  /** Adds {@code [from, to)}, which begins at or behind the end of all others. */
  void add(long from, long to) {
    if (from >= to) {
      return;
    }
    count += to - from;
    Range last = ranges.peekLast();
    if (last != null && last.to == from) {
      ranges.removeLast();
      ranges.addLast(new Range(last.from, to));
      return;
    }
    ranges.addLast(new Range(from, to));
    if (ranges.size() > MOST) {
      Range oldest = ranges.removeFirst();
      Range second = ranges.removeFirst();
      ranges.addFirst(new Range(second.from - oldest.length(), second.to));
    }
  }

  /** Takes all ranges out of another one and adds them. */
  void addAll(SeqRanges other) {
    for (Range range : other.ranges) {
      add(range.from, range.to);
    }
    other.clear();
  }

  /** Takes out all from a sequence on. */
  void cut(long end) {
    for (Range last = ranges.peekLast(); last != null && last.to > end; last = ranges.peekLast()) {
      ranges.removeLast();
      count -= last.length();
      if (last.from < end) {
        add(last.from, end);
      }
    }
  }

  void clear() {
    ranges.clear();
    count = 0;
  }
}
