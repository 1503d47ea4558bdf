package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.util.Optional;

/** Knows the keys of relays from their first use. Thread-safe. */
public interface RelayTrust {
  /**
   * The key that a relay had at its first use, and the one that it has named since.
   *
   * @param where its name
   * @throws java.io.UncheckedIOException if it cannot be read
   * @throws AuthenticationException RELAY_KEY_MISMATCH if what is kept is malformed
   */
  Optional<RelayKeys> find(String where);

  /**
   * Remembers the key of a relay that is not known yet.
   *
   * @param where its name
   * @throws java.io.UncheckedIOException if it cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if the relay is known by another key
   * @throws IllegalArgumentException if this cannot be a relay's name
   */
  void pin(String where, RelayKey key);

  /**
   * Takes over which keys a relay may have, if it is known by the first of them.
   *
   * @param where its name
   * @param keys the one that it has shown first
   * @throws java.io.UncheckedIOException if it cannot be read or written
   * @throws AuthenticationException RELAY_KEY_MISMATCH if what is kept is malformed
   */
  void follow(String where, RelayKeys keys);

  /** What is thrown where a relay shows another key than the one that it should have. */
  static AuthenticationException mismatch(String where, RelayKey seen, RelayKeys expected) {
    return new AuthenticationException(
        ErrorCode.RELAY_KEY_MISMATCH,
        "the relay at "
            + where
            + " has the key "
            + seen
            + ", expected "
            + expected.first()
            + expected.second().map(second -> " or " + second).orElse("")
            + "; no message has been sent to it. If the relay was set up anew, get a new ticket or"
            + " remove its line from the known relays; otherwise somebody is in between");
  }
}
