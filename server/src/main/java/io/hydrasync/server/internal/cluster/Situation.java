package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.ClaimRules.above;

/**
 * All that decides about consumers that wait, beside what they say: as long as it is the same, so
 * is what becomes of each. Immutable.
 */
final class Situation {
  private final boolean something;
  private final boolean open;
  private final boolean elsewhere;
  private final boolean mirrored;
  private final long epoch;
  private final long stream;

  /** What becomes of one. */
  enum Fate {
    /** It may join. */
    JOIN,
    /** It waits on, until its time is over. */
    WAIT,
    /** The directory has to be asked first. */
    ASK,
    /** There is no session. */
    NONE
  }

  /**
   * A moment.
   *
   * @param something whether the session is known here or in the directory
   * @param open whether this node owns it, is linked to its owner, or has all of it
   * @param elsewhere whether another node owns it, and is there
   * @param mirrored whether the directory knows the session, and there is a log of it
   * @param heads what the log has
   */
  Situation(boolean something, boolean open, boolean elsewhere, boolean mirrored, Heads heads) {
    this.something = something;
    this.open = open;
    this.elsewhere = elsewhere;
    this.mirrored = mirrored;
    epoch = heads.epoch();
    stream = heads.stream();
  }

  boolean isSameAs(Situation other) {
    return something == other.something
        && open == other.open
        && elsewhere == other.elsewhere
        && mirrored == other.mirrored
        && epoch == other.epoch
        && stream == other.stream;
  }

  /**
   * Decides about one.
   *
   * @param ofEpoch the epoch of its position
   * @param ofStream the stream of its position
   * @param waits whether it waits for a session that is not there
   * @param asked whether the directory has been asked since it came
   */
  Fate fate(long ofEpoch, long ofStream, boolean waits, boolean asked) {
    if (something && (above(ofEpoch, epoch) || above(ofStream, stream))) {
      return Fate.WAIT;
    }
    if (open) {
      return Fate.JOIN;
    }
    if (elsewhere) {
      return Fate.WAIT;
    }
    if (waits || mirrored) {
      return Fate.JOIN;
    }
    return asked ? Fate.NONE : Fate.ASK;
  }
}
