package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayKey;
import java.util.Optional;

/** Knows the keys of relays from their first use. Thread-safe. */
public interface RelayTrust {
  /**
   * The key that a relay had at its first use.
   *
   * @param where its name
   * @throws java.io.UncheckedIOException if it cannot be read
   * @throws AuthenticationException RELAY_KEY_MISMATCH if what is kept is malformed
   */
  Optional<RelayKey> find(String where);

  /**
   * Remembers the key of a relay that is not known yet.
   *
   * @param where its name
   * @throws java.io.UncheckedIOException if it cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if the relay is known by another key
   * @throws IllegalArgumentException if this cannot be a relay's name
   */
  void pin(String where, RelayKey key);

  /** What is thrown where a relay shows another key than the one that it should have. */
  static AuthenticationException mismatch(String where, RelayKey seen, RelayKey expected) {
    return new AuthenticationException(
        ErrorCode.RELAY_KEY_MISMATCH,
        "the relay at "
            + where
            + " has the key "
            + seen
            + ", expected "
            + expected
            + "; no message has been sent to it. If the relay was set up anew, get a new ticket or"
            + " remove its line from the known relays; otherwise somebody is in between");
  }
}
