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
  SKIP
}
