package io.hydrasync.faults;

/**
 * How a row has ended.
 *
 * @param outcome what it comes to
 * @param seen what happened, in a line
 */
record Verdict(Outcome outcome, String seen) {
  /** What a row comes to. */
  enum Outcome {
    /** As it should be. */
    HELD,
    /** Not so. */
    FAULT,
    /** This JDK lacks what the row is about. */
    SKIP
  }

  static Verdict of(boolean held, String seen) {
    return new Verdict(held ? Outcome.HELD : Outcome.FAULT, seen);
  }

  static Verdict fault(String seen) {
    return new Verdict(Outcome.FAULT, seen);
  }
}
