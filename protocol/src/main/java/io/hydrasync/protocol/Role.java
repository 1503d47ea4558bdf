package io.hydrasync.protocol;

import java.util.Optional;

/** What a client is to a session. */
public enum Role {
  /** Asks for and changes the relay's state. */
  ADMIN,
  /** Broadcasts into the session. */
  PRODUCER,
  /** Receives from the session. */
  CONSUMER;

  /**
   * The number of this role in JOIN.
   *
   * @return 0, 1 or 2
   */
  public int wireCode() {
    return ordinal();
  }

  /**
   * The role of a number in JOIN.
   *
   * @param wireCode the number
   * @return the role, or empty if there is none of that number
   */
  public static Optional<Role> ofWireCode(int wireCode) {
    return wireCode >= 0 && wireCode < values().length
        ? Optional.of(values()[wireCode])
        : Optional.empty();
  }
}
