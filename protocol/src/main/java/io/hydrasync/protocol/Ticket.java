package io.hydrasync.protocol;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A bearer secret that lets its holder consume a session ({@code wire2.md} section 3):
 *
 * <pre>hydra://host:port/&lt;b64 sid&gt;?relay=&lt;b64 relay key&gt;#&lt;b64 session key&gt;</pre>
 *
 * {@code relay} is optional; without it the relay is trusted on first use. Immutable and
 * thread-safe. {@link #format()} gives the secret text; {@code toString} never does.
 */
public final class Ticket {
  private static final String SCHEME = "hydra://";

  /** The longest host: a name of DNS with its last dot. */
  private static final int MAX_HOST = 254;

  /** No ticket is longer: a host in brackets, and the parts whose length is given. */
  private static final int MAX_LENGTH = 512;

  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]+:[0-9A-Fa-f:.]*");
  private static final Pattern FORM =
      Pattern.compile(
          "hydra://(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+):([1-9][0-9]{0,4})"
              + "/([A-Za-z0-9_-]*)(?:\\?relay=([A-Za-z0-9_-]*))?#([A-Za-z0-9_-]*)");
  private static final int MAX_PORT = 65_535;

  private final String host;
  private final int port;
  private final SessionId sessionId;
  private final Optional<RelayKey> relayKey;
  private final SessionKey sessionKey;

  /**
   * A ticket from its parts.
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
    checkZone(host);
    if (!isHost(host)) {
      throw new IllegalArgumentException("not a host name or address for a ticket");
    }
    if (port < 1 || port > MAX_PORT) {
      throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
    }
    this.host = host;
    this.port = port;
    this.sessionId = sessionId;
    this.relayKey = relayKey;
    this.sessionKey = sessionKey;
  }

  private static void checkZone(String host) {
    if (host.indexOf('%') >= 0) {
      throw new IllegalArgumentException(
          "a ticket's host has no percent sign: a zone (%eth0) means something on one machine only,"
              + " give a name or an address without one");
    }
  }

  private static boolean isHost(String host) {
    return !host.isEmpty() && host.length() <= MAX_HOST && (isName(host) || isIpv6(host));
  }

  /** Labels and dots between them; one dot may stand at the end. */
  private static boolean isName(String host) {
    int begin = 0;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean ends = i == host.length() - 1 || host.charAt(i + 1) == '.';
      if (c == '.') {
        if (i == begin) {
          return false;
        }
        begin = i + 1;
      } else if (!isAlphanumeric(c) && (c != '-' && c != '_' || i == begin || ends)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAlphanumeric(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }

  /** A literal with a colon is never looked up, only parsed. */
  private static boolean isIpv6(String text) {
    if (!IPV6.matcher(text).matches()) {
      return false;
    }
    try {
      InetAddress.getByName(text); // an IPv4-mapped one comes back as IPv4
      return true;
    } catch (UnknownHostException e) {
      return false;
    }
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
    if (!text.startsWith(SCHEME)) {
      throw new IllegalArgumentException("not a ticket: it does not begin with hydra://");
    }
    checkZone(text.substring(SCHEME.length()).split("/", 2)[0]);
    Matcher parts = FORM.matcher(text.length() > MAX_LENGTH ? "" : text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "malformed ticket, expected hydra://host:port/session?relay=key#key"
              + " (is the end cut off, or # eaten by the shell?)");
    }
    String authority = parts.group(1);
    boolean brackets = authority.startsWith("[");
    String host = brackets ? authority.substring(1, authority.length() - 1) : authority;
    if (brackets && !isIpv6(host)) {
      throw new IllegalArgumentException("the ticket's brackets do not hold an IPv6 address");
    }
    return new Ticket(
        host,
        Integer.parseInt(parts.group(2)),
        SessionId.of(Base64Url.decode(parts.group(3), SessionId.LENGTH, "session id")),
        Optional.ofNullable(parts.group(4)).map(RelayKey::parse),
        sessionKey(parts.group(5)));
  }

  private static SessionKey sessionKey(String text) {
    byte[] bytes = Base64Url.decode(text, SessionKey.LENGTH, "session key");
    try {
      return SessionKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  /**
   * The text of the ticket. It is a secret: who reads it can read the session.
   *
   * @return the text that {@link #parse} reads
   */
  public String format() {
    String authority = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "hydra://"
        + authority
        + ":"
        + port
        + "/"
        + Base64Url.encode(sessionId.toBytes())
        + relayKey.map(key -> "?relay=" + key).orElse("")
        + "#"
        + Base64Url.encode(sessionKey.bytes());
  }

  /**
   * The relay's host.
   *
   * @return name or address, IPv6 without brackets
   */
  public String host() {
    return host;
  }

  /**
   * The relay's port.
   *
   * @return 1 to 65535
   */
  public int port() {
    return port;
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
   * @return the key to pin, or empty for trust on first use
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
        && host.equals(that.host)
        && port == that.port
        && sessionId.equals(that.sessionId)
        && relayKey.equals(that.relayKey)
        && sessionKey.equals(that.sessionKey);
  }

  @Override
  public int hashCode() {
    return sessionId.hashCode();
  }

  /** Where it leads, without the id and the key. */
  @Override
  public String toString() {
    return "Ticket[" + host + ":" + port + ", session " + sessionId.logName() + "]";
  }
}
