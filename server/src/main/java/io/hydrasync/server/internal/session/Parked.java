package io.hydrasync.server.internal.session;

import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.Placement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a position of a stream that is still to come, in the order of these positions. On
 * the session's owner loop.
 *
 * <p>To park one, to forget one and to take the first one out costs O(log n) of those who wait, and
 * nobody else is looked at: a producer's frames cost the same however many strangers wait for a
 * frame that may never come. There is one entry for each guest, whose number a session bounds.
 */
final class Parked {
  private final TreeMap<Spot, Guest> inOrder =
      new TreeMap<>(
          Comparator.comparingLong(Spot::stream)
              .thenComparingLong(Spot::seq)
              .thenComparingLong(Spot::number));
  private final Map<Cursor, Spot> spots = new HashMap<>();
  private long parkedSoFar;

  /** Who waits. */
  interface Guest {
    /** Its place, by which it is known; never the same as another's. */
    Cursor cursor();

    /** Whether JOINED has named its position. */
    boolean isNamed();

    /** Its position has come, or something that takes its place. */
    void start(Placement place);

    /** Nothing more comes into the log in which it waits. */
    void logEnds();
  }

  /**
   * What is waited for.
   *
   * @param number tells those apart who wait for the same
   */
  private record Spot(long stream, long seq, long number) {}

  /** What the first one in order waits for, and who it is. */
  record First(long stream, long seq, Guest guest) {
    boolean asksTheSame(First other) {
      return stream == other.stream && seq == other.seq;
    }
  }

  boolean isEmpty() {
    return inOrder.isEmpty();
  }

  /** The places of all who wait. */
  Set<Cursor> cursors() {
    return spots.keySet();
  }

  void park(Guest guest, long stream, long seq) {
    Spot spot = new Spot(stream, seq, parkedSoFar++);
    inOrder.put(spot, guest);
    spots.put(guest.cursor(), spot);
  }

  /** Does nothing if it does not wait. */
  void forget(Cursor gone) {
    Spot spot = spots.remove(gone);
    if (spot != null) {
      inOrder.remove(spot);
    }
  }

  /**
   * Takes out the first one if its position is of an earlier stream, or of this one at or below a
   * sequence.
   *
   * @return null if nobody's is
   */
  @Nullable First pollUpTo(long stream, long seq) {
    Map.Entry<Spot, Guest> first = inOrder.firstEntry();
    if (first == null) {
      return null;
    }
    Spot spot = first.getKey();
    if (spot.stream > stream || spot.stream == stream && spot.seq > seq) {
      return null;
    }
    inOrder.pollFirstEntry();
    spots.remove(first.getValue().cursor());
    return new First(spot.stream, spot.seq, first.getValue());
  }

  /** Takes out all, in order. */
  List<Guest> takeAll() {
    List<Guest> all = new ArrayList<>(inOrder.values());
    inOrder.clear();
    spots.clear();
    return all;
  }
}
