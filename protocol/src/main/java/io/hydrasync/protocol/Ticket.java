package io.hydrasync.protocol;

import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.ClassicVersions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A bearer secret that lets its holder consume a session ({@code wire2.md} section 3), over the
 * wire that it names:
 *
 * <pre>
 * hydra://host:port/&lt;b64 sid&gt;?relay=&lt;b64 relay key&gt;#&lt;b64 session key&gt;
 * hydra://host:port/&lt;b64 sid&gt;?relay=&lt;b64 relay key&gt;,&lt;b64 relay key&gt;#&lt;b64 session key&gt;
 * hydra+classic://host:port/&lt;b64 sid&gt;?version=1.0.0-beta.6#&lt;b64 session key&gt;
 * </pre>
 *
 * 1 to 8 {@code host:port} may stand there, with commas between. {@code relay} is optional; without
 * it the relay is trusted on first use. It names two keys where the relay's key is being changed.
 * {@code version} is what the relay takes a client on the classic wire for, see {@link
 * #SPOKEN_VERSIONS}. Immutable and thread-safe. {@link #format()} gives the secret text; {@code
 * toString} never does.
 */
public final class Ticket {
  /**
   * The versions of the Rust crate whose tickets this build can use, the newest first. A ticket
   * with another one can be read and shown; connecting with it throws {@link
   * UnsupportedByWireException}.
   */
  public static final List<String> SPOKEN_VERSIONS = ClassicVersions.KNOWN;

  private final List<RelayAddress> addresses;
  private final SessionId sessionId;
  private final @Nullable RelayKeys relayKeys;
  private final @Nullable String classicVersion;
  private final SessionKey sessionKey;

  private Ticket(
      List<RelayAddress> addresses,
      SessionId sessionId,
      @Nullable RelayKeys relayKeys,
      @Nullable String classicVersion,
      SessionKey sessionKey) {
    this.addresses = List.copyOf(Arguments.allGiven(addresses, "a ticket's addresses"));
    this.sessionId = Arguments.given(sessionId, "a session id");
    this.relayKeys = relayKeys;
    this.classicVersion = classicVersion;
    this.sessionKey = Arguments.given(sessionKey, "a session key");
    if (this.addresses.isEmpty() || this.addresses.size() > TicketText.MAX_ADDRESSES) {
      throw new IllegalArgumentException(
          "a ticket has 1 to "
              + TicketText.MAX_ADDRESSES
              + " relays, not "
              + this.addresses.size());
    }
    this.addresses.forEach(address -> TicketText.checkZone(address.host()));
    if (classicVersion != null && !TicketText.isVersion(classicVersion)) {
      throw new IllegalArgumentException(
          "the version in a ticket is one of the Rust crate, such as 1.0.0-beta.6");
    }
  }

  /**
   * A ticket for wire 2 without the relay's key: it is trusted at its first use.
   *
   * @param addresses where the relay can be reached, 1 to 8, none with a zone
   * @param sessionId the session
   * @param sessionKey the session's key
   * @return the ticket
   * @throws IllegalArgumentException if there are none or more than 8, or one has a zone
   */
  public static Ticket of(
      List<RelayAddress> addresses, SessionId sessionId, SessionKey sessionKey) {
    return new Ticket(addresses, sessionId, null, null, sessionKey);
  }

  /**
   * A ticket for wire 2.
   *
   * @param addresses where the relay can be reached, 1 to 8, none with a zone
   * @param sessionId the session
   * @param relayKey the relay's key
   * @param sessionKey the session's key
   * @return the ticket
   * @throws IllegalArgumentException if there are none or more than 8, or one has a zone
   */
  public static Ticket of(
      List<RelayAddress> addresses, SessionId sessionId, RelayKey relayKey, SessionKey sessionKey) {
    RelayKeys pinned = RelayKeys.of(relayKey);
    return new Ticket(addresses, sessionId, pinned, null, sessionKey);
  }

  /**
   * A ticket for the classic wire.
   *
   * @param addresses where the relay can be reached, 1 to 8, none with a zone
   * @param sessionId the session
   * @param version of the Rust crate, which the relay takes clients for; at most 64 letters,
   *     digits, and {@code . - + _}
   * @param sessionKey the session's key
   * @return the ticket
   * @throws IllegalArgumentException if there are none or more than 8, one has a zone, or the
   *     version is none
   */
  public static Ticket classic(
      List<RelayAddress> addresses, SessionId sessionId, String version, SessionKey sessionKey) {
    String named = Arguments.given(version, "a version");
    return new Ticket(addresses, sessionId, null, named, sessionKey);
  }

  /**
   * The same ticket with other relay keys. One with two outlives a change of the relay's key:
   * clients take a relay with either.
   *
   * @param keys one or two keys that the relay may have
   * @return the ticket
   * @throws IllegalArgumentException if it is for the classic wire, which has no relay keys
   */
  public Ticket withRelayKeys(RelayKeys keys) {
    RelayKeys pinned = Arguments.given(keys, "relay keys");
    if (wire() == Wire.CLASSIC) {
      throw new IllegalArgumentException("a ticket for the classic wire names no relay key");
    }
    return new Ticket(addresses, sessionId, pinned, null, sessionKey);
  }

  /**
   * Reads a ticket.
   *
   * @param text the ticket, without surrounding space
   * @return the ticket
   * @throws IllegalArgumentException if it is malformed; the message says which part, and never
   *     quotes it
   */
  public static Ticket parse(String text) {
    return TicketText.parse(Arguments.given(text, "a ticket"));
  }

  /**
   * The text of the ticket. It is a secret: who reads it can read the session.
   *
   * @return the text that {@link #parse} reads
   */
  public String format() {
    return TicketText.format(this);
  }

  /**
   * What to speak with the relay.
   *
   * @return the wire; the ticket is of no use on the other
   */
  public Wire wire() {
    return classicVersion != null ? Wire.CLASSIC : Wire.WIRE_2;
  }

  /**
   * The version of the Rust crate.
   *
   * @return what the relay takes clients for; empty on wire 2
   */
  public Optional<String> classicVersion() {
    return Optional.ofNullable(classicVersion);
  }

  /**
   * Whether this build speaks what the ticket names.
   *
   * @return true on wire 2, and for {@link #SPOKEN_VERSIONS}
   */
  public boolean isSpoken() {
    return classicVersion == null || SPOKEN_VERSIONS.contains(classicVersion);
  }

  /**
   * Where the relay can be reached: one, or several that have one key, which are tried in turn.
   *
   * @return 1 to 8 addresses, in the order of the text
   */
  public List<RelayAddress> addresses() {
    return addresses;
  }

  /**
   * The session.
   *
   * @return its id
   */
  public SessionId sessionId() {
    return sessionId;
  }

  /**
   * The relay's key, the first one of two.
   *
   * @return the key to pin, or empty for trust on first use; always empty on the classic wire
   */
  public Optional<RelayKey> relayKey() {
    return relayKeys().map(RelayKeys::first);
  }

  /**
   * The relay's key, or the two that it may have.
   *
   * @return the keys to pin, or empty for trust on first use; always empty on the classic wire
   */
  public Optional<RelayKeys> relayKeys() {
    return Optional.ofNullable(relayKeys);
  }

  /**
   * The session's key.
   *
   * @return the key
   */
  public SessionKey sessionKey() {
    return sessionKey;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Ticket that
        && addresses.equals(that.addresses)
        && sessionId.equals(that.sessionId)
        && Objects.equals(relayKeys, that.relayKeys)
        && Objects.equals(classicVersion, that.classicVersion)
        && sessionKey.equals(that.sessionKey);
  }

  @Override
  public int hashCode() {
    return sessionId.hashCode();
  }

  /** Where it leads, and over which wire, without the id and the key. */
  @Override
  public String toString() {
    return "Ticket["
        + addresses.stream().map(RelayAddress::toString).collect(Collectors.joining(","))
        + (classicVersion == null ? "" : ", classic " + classicVersion)
        + ", session "
        + sessionId.logName()
        + "]";
  }
}
