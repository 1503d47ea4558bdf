package io.hydrasync.protocol;

/** What a client is to a session. */
public enum Role {
  /** Asks for and changes the relay's state. */
  ADMIN,
  /** Broadcasts into the session. */
  PRODUCER,
  /** Receives from the session. */
  CONSUMER
}
