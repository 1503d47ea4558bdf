package io.hydrasync.client.internal.connection;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import java.time.Duration;
import java.util.Optional;

/**
 * What a connection to a relay needs to know. Immutable.
 *
 * @param relays where the relays are. A name is looked up at each attempt, whether or not the
 *     application has done so before
 * @param session the session to join
 * @param relayKeys the key to pin, or the two that it may be, before any file
 * @param knownRelays where keys are pinned at the first use
 * @param credential for relays that ask for one
 * @param connectTimeout for the TCP connection, and again for handshake and join
 * @param heartbeat how often a PING is sent
 * @param names looks the name up
 */
public record ClientOptions(
    Relays relays,
    SessionId session,
    Optional<RelayKeys> relayKeys,
    Optional<RelayTrust> knownRelays,
    Optional<Credential> credential,
    Duration connectTimeout,
    Duration heartbeat,
    NameLookups names) {
  /** So many heartbeats without a byte, and the relay counts as gone. */
  private static final int SILENT_BEATS = 3;

  /** The connect timeout, for a timer. */
  int connectTimeoutMs() {
    return (int) Math.min(Integer.MAX_VALUE, connectTimeout.toMillis());
  }

  /** Silence after which the relay counts as gone, where it has to say something. */
  public int silenceMs() {
    return (int) heartbeat.toMillis() * SILENT_BEATS;
  }
}
