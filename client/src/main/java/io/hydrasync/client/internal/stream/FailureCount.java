package io.hydrasync.client.internal.stream;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often something has failed at each place, over all connections ({@code wire2.md} section 7,
 * last paragraph). What is damaged on its way once heals with the next connection; what fails each
 * time will not. A place counts whatever the failures were, so that a liar who alternates between
 * them is found out like one who repeats himself; and all places together count as long as {@code
 * next} stays where it is, so that one who moves on is, too. Not thread-safe.
 */
public final class FailureCount {
  /** The failure at one place that is fatal, or passes the place over. */
  static final int LAST_AT_A_PLACE = 3;

  /** The failure while {@code next} stands still that is fatal, wherever it was. */
  static final int LAST_AT_ONE_NEXT = 16;

  /**
   * A place.
   *
   * @param kind what the number is
   * @param stream the stream; 0 for an epoch
   * @param number sequence of a frame, or number of an epoch
   */
  public record Place(Kind kind, long stream, long number) {
    /** What a place is named by. */
    enum Kind {
      /** A sequence. */
      FRAME,
      /** A HEAD's epoch. */
      HEAD,
      /** There is no {@code next} yet. */
      NOWHERE
    }

    /** Where {@code next} is while there is none. */
    static final Place NOWHERE = new Place(Kind.NOWHERE, 0, 0);

    /** A frame, come or due. */
    public static Place frame(long stream, long seq) {
      return new Place(Kind.FRAME, stream, seq);
    }

    /** A HEAD. */
    public static Place head(long epoch) {
      return new Place(Kind.HEAD, 0, epoch);
    }
  }

  /**
   * What is counted.
   *
   * @param where the place that it counts at
   * @param next the place where {@code next} is
   * @param ofAFrame whether a relayed frame was the cause, so that a connection that stands for a
   *     minute does not make it good
   */
  public record Failure(Place where, Place next, boolean ofAFrame) {
    /** Something that no relayed frame was the cause of. */
    public static Failure atNext(Place next) {
      return new Failure(next, next, false);
    }
  }

  /** Failures of two kinds: those that frames were the cause of, and the others. */
  private static final class Tally {
    private int ofFrames;
    private int others;

    void add(Failure failure) {
      if (failure.ofAFrame) {
        ofFrames++;
      } else {
        others++;
      }
    }

    int sum() {
      return ofFrames + others;
    }
  }

  /** As many as there can be at one {@code next}; those of an earlier one go first. */
  private final Map<Place, Tally> places =
      new LinkedHashMap<>(LAST_AT_ONE_NEXT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Tally> eldest) {
          return size() > LAST_AT_ONE_NEXT;
        }
      };

  private Place countedAt = Place.NOWHERE;
  private Tally atOneNext = new Tally();
  private @Nullable Failure thrown;

  /** Whether one more failure would be the last of its place, but not the last of all. */
  boolean isPassedOver(Failure failure) {
    return at(failure.where) + 1 >= LAST_AT_A_PLACE && atNext(failure.next) + 1 < LAST_AT_ONE_NEXT;
  }

  /** How many failures of a place count at present. */
  public int at(Place where) {
    Tally tally = places.get(where);
    return tally == null ? 0 : tally.sum();
  }

  private int atNext(Place next) {
    return next.equals(countedAt) ? atOneNext.sum() : 0;
  }

  /**
   * Counts a failure.
   *
   * @return whether it is time to stop hoping
   */
  public boolean count(Failure failure) {
    if (!failure.next.equals(countedAt)) {
      countedAt = failure.next;
      atOneNext = new Tally();
    }
    atOneNext.add(failure);
    Tally tally = places.computeIfAbsent(failure.where, place -> new Tally());
    tally.add(failure);
    return tally.sum() >= LAST_AT_A_PLACE || atOneNext.sum() >= LAST_AT_ONE_NEXT;
  }

  /** A failure leaves as an exception: whoever catches that counts it. */
  void thrown(Failure failure) {
    thrown = failure;
  }

  /**
   * The failure that was thrown last; where nobody said so since it was asked for, at {@code next}.
   */
  public Failure takeThrown(Place next) {
    Failure last = thrown;
    thrown = null;
    return last == null ? Failure.atNext(next) : last;
  }

  /**
   * A connection has stood for long: only what frames were the cause of is still held against it.
   */
  public void stoodLong() {
    atOneNext.others = 0;
    places.values().forEach(tally -> tally.others = 0);
    places.values().removeIf(tally -> tally.sum() == 0);
  }

  /** There was progress: what failed before has passed. Called for each frame. */
  public void progressed() {
    if (!places.isEmpty()) {
      places.clear();
      atOneNext = new Tally();
    }
  }
}
