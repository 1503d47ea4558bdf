package io.hydrasync.protocol;

/** What happens when a session's log is at capacity and a consumer still needs its oldest bytes. */
public enum Overflow {
  /** The relay's default. */
  DEFAULT,
  /** The producer waits for the slowest consumer; one that takes nothing is dropped. Lossless. */
  BACKPRESSURE,
  /** The oldest bytes go to a file, from which the laggards are served. Lossless within a quota. */
  SPILL,
  /** The log grows to a second bound, and then the producer waits. Lossless. */
  GROW,
  /** The consumers that still need the oldest bytes are disconnected. */
  DROP,
  /** The consumers that still need the oldest bytes are moved forward, and told so. */
  SKIP;

  /** The largest number in JOIN. */
  public static final int MAX_WIRE_CODE = 5;

  /**
   * The number of this policy in JOIN.
   *
   * @return 0 to 5
   */
  public int wireCode() {
    return ordinal();
  }

  /**
   * The policy of a number in JOIN.
   *
   * @param wireCode 0 to 5
   * @return the policy
   */
  public static Overflow ofWireCode(int wireCode) {
    return values()[wireCode];
  }
}
