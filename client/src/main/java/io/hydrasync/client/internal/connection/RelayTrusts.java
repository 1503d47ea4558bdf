package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * Which key a relay has to have: the one that was given, else the one that the first relay had that
 * was joined, else the one by which it, or another of those that were given, is known. What another
 * relay has named is never written down. For one connection.
 */
final class RelayTrusts {
  private final ClientOptions options;
  private final RelayRound round;
  private final RelayRound.Stop stop;
  private final String where;

  RelayTrusts(ClientOptions options, RelayRound round, RelayRound.Stop stop, String where) {
    this.options = options;
    this.round = round;
    this.stop = stop;
    this.where = where;
  }

  /**
   * Compares a key, before anything is sent that only the relay may read.
   *
   * @throws io.hydrasync.protocol.AuthenticationException RELAY_KEY_MISMATCH if it is another one
   * @throws ConnectionException if what is known cannot be read
   */
  void check(RelayKey seen) {
    Optional<RelayKey> expected = options.relayKey().or(round::pinned).or(this::known);
    if (expected.isPresent() && !expected.get().equals(seen)) {
      throw RelayTrust.mismatch(where, seen, expected.get());
    }
  }

  private Optional<RelayKey> known() {
    Optional<RelayTrust> file = options.knownRelays();
    try {
      Optional<RelayKey> own = file.flatMap(trust -> trust.find(where));
      for (RelayAddress other : round.given()) {
        own = own.or(() -> file.flatMap(trust -> trust.find(Relays.nameOf(other))));
      }
      return own;
    } catch (UncheckedIOException e) {
      throw unusable(e);
    }
  }

  /**
   * Remembers the key of a relay that has been joined.
   *
   * @throws io.hydrasync.protocol.AuthenticationException RELAY_KEY_MISMATCH if it is known by
   *     another one meanwhile
   * @throws ConnectionException if that cannot be written
   */
  void joined(RelayKey seen) {
    if (options.relayKey().isPresent() || !stop.isGiven()) {
      return;
    }
    try {
      options.knownRelays().ifPresent(file -> file.pin(where, seen));
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw unusable(e);
    }
  }

  private static ConnectionException unusable(RuntimeException problem) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED, String.valueOf(problem.getMessage()), problem);
  }
}
