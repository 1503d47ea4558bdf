package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which key a relay has to have: the one that was given, else the one that the first relay had that
 * was joined, else the one by which it, or another of those that were given, is known. What another
 * relay has named is never written down.
 *
 * <p>While a relay's key is being changed there are two ({@code wire2.md} section 17): the relay
 * that was joined names the second one, right behind JOINED, and the last word counts, be it that
 * nothing is named. So the first key is dropped for good once a relay that shows the second one
 * does not name it any more. For one connection; not thread-safe.
 */
final class RelayTrusts {
  /** So often a relay may name another key on one connection; what comes then is not heard. */
  static final int MOST_CHANGES = 16;

  private final ClientOptions options;
  private final RelayRound round;
  private final RelayRound.Stop stop;
  private final String where;
  private RelayKeys keys;
  private int changes;

  /**
   * Trust in a relay that has just shown its key.
   *
   * @param seen which
   */
  RelayTrusts(
      ClientOptions options, RelayRound round, RelayRound.Stop stop, String where, RelayKey seen) {
    this.options = options;
    this.round = round;
    this.stop = stop;
    this.where = where;
    keys = RelayKeys.of(seen);
  }

  /**
   * Compares the key, before anything is sent that only the relay may read.
   *
   * @throws AuthenticationException RELAY_KEY_MISMATCH if it is another one
   * @throws ConnectionException if what is known cannot be read
   */
  void check() {
    Optional<RelayKeys> expected = round.pinned().or(options::relayKeys).or(this::known);
    RelayKey seen = keys.first();
    if (expected.isEmpty()) {
      return;
    }
    if (!expected.get().has(seen)) {
      throw RelayTrust.mismatch(where, seen, expected.get());
    }
    RelayKeys before = expected.get();
    boolean isFirst = before.first().equals(seen);
    keys =
        (isFirst ? before.second() : Optional.of(before.first()))
            .map(other -> RelayKeys.of(seen, other))
            .orElse(keys);
  }

  private Optional<RelayKeys> known() {
    Optional<RelayTrust> file = options.knownRelays();
    try {
      Optional<RelayKeys> own = file.flatMap(trust -> trust.find(where));
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
   * @throws AuthenticationException RELAY_KEY_MISMATCH if it is known by another one meanwhile
   * @throws ConnectionException if that cannot be written
   */
  void joined() {
    if (options.relayKeys().isPresent()) {
      round.pin(keys);
      return;
    }
    if (stop.isGiven()) {
      try {
        options.knownRelays().ifPresent(file -> file.pin(where, keys.first()));
      } catch (UncheckedIOException | IllegalArgumentException e) {
        throw unusable(e);
      }
    }
    if (keys.second().isPresent()) {
      follow();
    }
  }

  private static ConnectionException unusable(RuntimeException problem) {
    return new ConnectionException(
        ErrorCode.DISCONNECTED, String.valueOf(problem.getMessage()), problem);
  }

  /** The keys that count now, the one of this connection first. */
  RelayKeys keys() {
    return keys;
  }

  /**
   * The relay, which has been joined, says which other key there is.
   *
   * @param other empty, or the key of this connection, if there is none
   */
  void told(Optional<RelayKey> other) {
    RelayKey seen = keys.first();
    Function<RelayKey, RelayKeys> both = named -> RelayKeys.of(seen, named);
    RelayKeys now = other.filter(named -> !named.equals(seen)).map(both).orElse(RelayKeys.of(seen));
    if (now.equals(keys) || changes == MOST_CHANGES) {
      return;
    }
    changes++;
    keys = now;
    if (options.relayKeys().isPresent()) {
      round.pin(keys);
    } else {
      follow();
    }
  }

  /** All relays that were given have one key, so what one of them says is so for all. */
  private void follow() {
    round.repin(keys);
    try {
      for (RelayAddress relay : round.given()) {
        options.knownRelays().ifPresent(file -> file.follow(Relays.nameOf(relay), keys));
      }
    } catch (UncheckedIOException | AuthenticationException e) {
      round.pin(keys); // a file that may only be read: then for as long as this client lives
    }
  }
}
