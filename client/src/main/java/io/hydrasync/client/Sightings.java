package io.hydrasync.client;

import io.hydrasync.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How often the same failure has been seen at the same place, one after the other. What is damaged
 * on its way once heals with the next connection; what is damaged each time will not. Not
 * thread-safe.
 */
final class Sightings {
  private static final int LAST = 3;

  private @Nullable ErrorCode failure;
  private long place;
  private int count;

  /**
   * A failure.
   *
   * @return how often it has been seen here
   */
  int count(ErrorCode code, long where) {
    if (failure != code || place != where) {
      failure = code;
      place = where;
      count = 0;
    }
    return ++count;
  }

  /** A failure; true if it is time to stop hoping. */
  boolean isLast(ErrorCode code, long where) {
    return count(code, where) >= LAST;
  }

  /** There was progress. */
  void reset() {
    count = 0;
  }
}
