package io.hydrasync.cli.here;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The consumers of a session, of which one may have had several connections: whoever comes from the
 * machine of one that was lost goes on in its place. Not thread-safe.
 */
final class Attendees {
  /** A lost consumer may come back for as long as the session outlives its producer. */
  static final Duration COME_BACK = Duration.ofSeconds(30);

  /** So long a connection may stand still. */
  static final Duration STANDSTILL = Duration.ofSeconds(60);

  private final LongSupplier nanoClock;
  private final Map<Long, Mark> marks = new HashMap<>();

  /** Where a connection stood, and since when. */
  private record Mark(long taken, long sinceNanos) {}

  Attendees(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** How a consumer stands to the end. */
  enum Standing {
    /** It has taken the end, and has closed. */
    DONE,
    /** It may still get there. */
    UNDER_WAY,
    /** It is gone without the end, and has not come back in time. */
    LOST,
    /** Nothing of its connection has moved for a long time. */
    STUCK
  }

  /** The newest connection of each consumer, in the order in which they came. */
  static List<Visit> consumers(List<Visit> connections, long end) {
    List<Visit> newest = new ArrayList<>();
    for (Visit next : connections) {
      int before = firstLost(newest, next, end);
      if (before < 0) {
        newest.add(next);
      } else {
        newest.set(before, next);
      }
    }
    return newest;
  }

  /** Whose place a connection takes: of one of its machine's that was lost before it came. */
  private static int firstLost(List<Visit> newest, Visit next, long end) {
    for (int i = 0; i < newest.size(); i++) {
      if (newest.get(i).isGoneOnIn(next, end)) {
        return i;
      }
    }
    return -1;
  }

  /** How each stands to the end; each call also looks at who has moved since the last one. */
  Map<Visit, Standing> standings(List<Visit> connections, long end) {
    return consumers(connections, end).stream()
        .collect(
            Collectors.toMap(
                one -> one, one -> standing(one, end), (a, b) -> a, LinkedHashMap::new));
  }

  private Standing standing(Visit one, long end) {
    if (one.goneFor().isPresent()) {
      if (one.taken() >= end) {
        return Standing.DONE;
      }
      return one.goneFor().get().compareTo(COME_BACK) < 0 ? Standing.UNDER_WAY : Standing.LOST;
    }
    long now = nanoClock.getAsLong();
    Mark mark = marks.get(one.id());
    if (mark == null || mark.taken != one.taken()) {
      mark = new Mark(one.taken(), now);
      marks.put(one.id(), mark);
    }
    return now - mark.sinceNanos < STANDSTILL.toNanos() ? Standing.UNDER_WAY : Standing.STUCK;
  }
}
