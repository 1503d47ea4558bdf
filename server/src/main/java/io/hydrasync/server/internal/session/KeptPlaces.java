package io.hydrasync.server.internal.session;

import java.util.ArrayDeque;

/**
 * Places in a log of consumers that have lost their connection and may come back, each until a
 * time. Only the lowest counts, so a place goes when one is added that is no higher: that one stays
 * longer. And a log lets go of whole segments, so places are those of segments: there are never
 * more than segments are held, however many come and go. On the session's owner loop.
 */
final class KeptPlaces {
  private final int segmentBytes;
  private final long nanos;

  /** Rising positions and rising times. */
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();

  private record Kept(long position, long untilNanos) {}

  /**
   * No places yet.
   *
   * @param segmentBytes of the log
   * @param nanos how long a place stays
   */
  KeptPlaces(int segmentBytes, long nanos) {
    this.segmentBytes = segmentBytes;
    this.nanos = nanos;
  }

  void add(long position, long nowNanos) {
    long ofSegment = position - position % segmentBytes;
    while (!kept.isEmpty() && kept.getLast().position >= ofSegment) {
      kept.removeLast();
    }
    kept.addLast(new Kept(ofSegment, nowNanos + nanos));
  }

  /** The lowest place, {@link Long#MAX_VALUE} if there is none. */
  long lowest(long nowNanos) {
    while (!kept.isEmpty() && kept.getFirst().untilNanos - nowNanos < 0) {
      kept.removeFirst();
    }
    return kept.isEmpty() ? Long.MAX_VALUE : kept.getFirst().position;
  }

  int size() {
    return kept.size();
  }

  void clear() {
    kept.clear();
  }
}
