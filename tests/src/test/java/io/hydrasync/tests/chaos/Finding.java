package io.hydrasync.tests.chaos;

/**
 * Something that must not be.
 *
 * @param kind of what kind
 * @param what where and when
 */
record Finding(Kind kind, String what) {
  /** What can be wrong. */
  enum Kind {
    /** A message did not come, although its session's policy loses none. */
    LOST,
    /** A message came a second time. */
    TWICE,
    /** A message came behind a later one. */
    OUT_OF_ORDER,
    /** A message did not come, and nobody said so; or one came of which it was said. */
    UNANNOUNCED,
    /** A message is not as it was sent. */
    CHANGED,
    /** A client found something that does not verify, and made another connection. */
    UNVERIFIED,
    /** A client was told something that it need not have been, such as REPLACED. */
    REFUSED,
    /** There was no progress in time. */
    LATE,
    /** A process ended by itself. */
    DIED
  }

  @Override
  public String toString() {
    return kind + ": " + what;
  }
}
