package io.hydrasync.protocol.classic;

/**
 * What a client of a classic wire is. The numbers depend on the version: {@link ClassicVersion}.
 */
public enum ClassicRole {
  /** Sends. */
  PRODUCER,

  /** Receives. */
  CONSUMER,

  /** Asks the relay for {@link ClassicMetrics}: from beta.9 on. */
  OBSERVER,

  /** Anything else, the admin of older versions among them. Read, never written. */
  OTHER
}
