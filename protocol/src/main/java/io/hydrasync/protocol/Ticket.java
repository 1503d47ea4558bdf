package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.ClassicVersions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A bearer secret that lets its holder consume a session ({@code wire2.md} section 3), over the
 * wire that it names:
 *
 * <pre>
 * hydra://host:port/&lt;b64 sid&gt;?relay=&lt;b64 relay key&gt;#&lt;b64 session key&gt;
 * hydra+classic://host:port/&lt;b64 sid&gt;?version=1.0.0-beta.6#&lt;b64 session key&gt;
 * </pre>
 *
 * 1 to 8 {@code host:port} may stand there, with commas between. {@code relay} is optional; without
 * it the relay is trusted on first use. {@code version} is what the relay takes a client on the
 * classic wire for, see {@link #SPOKEN_VERSIONS}. Immutable and thread-safe. {@link #format()}
 * gives the secret text; {@code toString} never does.
 */
public final class Ticket {
  /**
   * The versions of the Rust crate whose tickets this build can use, the newest first. A ticket
   * with another one can be read and shown; connecting with it throws {@link
   * UnsupportedByWireException}.
   */
  public static final List<String> SPOKEN_VERSIONS = ClassicVersions.KNOWN;

  private final List<Address> addresses;
  private final SessionId sessionId;
  private final Optional<RelayKey> relayKey;
  private final Optional<String> classicVersion;
  private final SessionKey sessionKey;

  /**
   * Where a relay is.
   *
   * @param host name or address, at most 254 characters, IPv6 without brackets
   * @param port 1 to 65535
   */
  public record Address(String host, int port) {
    /**
     * Checks that it can stand in a ticket.
     *
     * @param host name or address, at most 254 characters, IPv6 without brackets
     * @param port 1 to 65535
     * @throws IllegalArgumentException if host or port cannot stand in a ticket
     */
    public Address {
      TicketText.checkHost(Arguments.given(host, "a host"));
      if (port < 1 || port > TicketText.MAX_PORT) {
        throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
      }
    }

    /** As in a ticket: {@code host:port}, IPv6 in brackets. */
    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * A ticket for wire 2 from its parts.
   *
   * @param host name or address of the relay, at most 254 characters, IPv6 without brackets
   * @param port its port, 1 to 65535
   * @param sessionId the session
   * @param relayKey the relay's key, if it is known
   * @param sessionKey the session's key
   * @throws IllegalArgumentException if host or port cannot stand in a ticket
   */
  public Ticket(
      String host,
      int port,
      SessionId sessionId,
      Optional<RelayKey> relayKey,
      SessionKey sessionKey) {
    this(List.of(new Address(host, port)), sessionId, relayKey, Optional.empty(), sessionKey);
  }

  private Ticket(
      List<Address> addresses,
      SessionId sessionId,
      Optional<RelayKey> relayKey,
      Optional<String> classicVersion,
      SessionKey sessionKey) {
    this.addresses = List.copyOf(Arguments.allGiven(addresses, "a ticket's addresses"));
    this.sessionId = Arguments.given(sessionId, "a session id");
    this.relayKey = Arguments.given(relayKey, "a relay key, or none");
    this.classicVersion = classicVersion;
    this.sessionKey = Arguments.given(sessionKey, "a session key");
    if (this.addresses.isEmpty() || this.addresses.size() > TicketText.MAX_ADDRESSES) {
      throw new IllegalArgumentException(
          "a ticket has 1 to "
              + TicketText.MAX_ADDRESSES
              + " relays, not "
              + this.addresses.size());
    }
    if (classicVersion.isPresent() && !TicketText.isVersion(classicVersion.get())) {
      throw new IllegalArgumentException(
          "the version in a ticket is one of the Rust crate, such as 1.0.0-beta.6");
    }
  }

  /**
   * A ticket for wire 2, with several addresses.
   *
   * @param addresses where the relay can be reached, 1 to 8
   * @param sessionId the session
   * @param relayKey the relay's key, if it is known
   * @param sessionKey the session's key
   * @return the ticket
   * @throws IllegalArgumentException if there are none or more than 8
   */
  public static Ticket of(
      List<Address> addresses,
      SessionId sessionId,
      Optional<RelayKey> relayKey,
      SessionKey sessionKey) {
    return new Ticket(addresses, sessionId, relayKey, Optional.empty(), sessionKey);
  }

  /**
   * A ticket for the classic wire.
   *
   * @param addresses where the relay can be reached, 1 to 8
   * @param sessionId the session
   * @param version of the Rust crate, which the relay takes clients for; at most 64 letters,
   *     digits, and {@code . - + _}
   * @param sessionKey the session's key
   * @return the ticket
   * @throws IllegalArgumentException if there are none or more than 8, or the version is none
   */
  public static Ticket classic(
      List<Address> addresses, SessionId sessionId, String version, SessionKey sessionKey) {
    Optional<String> named = Optional.of(Arguments.given(version, "a version"));
    return new Ticket(addresses, sessionId, Optional.empty(), named, sessionKey);
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
    return classicVersion.isPresent() ? Wire.CLASSIC : Wire.WIRE_2;
  }

  /**
   * The version of the Rust crate.
   *
   * @return what the relay takes clients for; empty on wire 2
   */
  public Optional<String> classicVersion() {
    return classicVersion;
  }

  /**
   * Whether this build speaks what the ticket names.
   *
   * @return true on wire 2, and for {@link #SPOKEN_VERSIONS}
   */
  public boolean isSpoken() {
    return classicVersion.map(SPOKEN_VERSIONS::contains).orElse(true);
  }

  /**
   * Where the relay can be reached. For now this build's clients use the first address only.
   *
   * @return 1 to 8 addresses, in the order of the text
   */
  public List<Address> addresses() {
    return addresses;
  }

  /**
   * The host of the first address.
   *
   * @return name or address, IPv6 without brackets
   */
  public String host() {
    return addresses.get(0).host();
  }

  /**
   * The port of the first address.
   *
   * @return 1 to 65535
   */
  public int port() {
    return addresses.get(0).port();
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
   * The relay's key.
   *
   * @return the key to pin, or empty for trust on first use; always empty on the classic wire
   */
  public Optional<RelayKey> relayKey() {
    return relayKey;
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
        && relayKey.equals(that.relayKey)
        && classicVersion.equals(that.classicVersion)
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
        + addresses.stream().map(Address::toString).collect(Collectors.joining(","))
        + classicVersion.map(version -> ", classic " + version).orElse("")
        + ", session "
        + sessionId.logName()
        + "]";
  }
}
