package io.hydrasync.protocol;

import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.Base64Url;
import io.hydrasync.protocol.check.ClassicVersions;
import io.hydrasync.protocol.check.HostPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The text of a ticket ({@code wire2.md} section 3), cut at its separators from the left to the
 * right. The length is looked at before anything else, nothing is looked up, and what is refused is
 * never quoted: it may be a secret.
 */
final class TicketText {
  static final int MAX_ADDRESSES = 8;

  private static final String WIRE_2 = "hydra://";
  private static final String CLASSIC = "hydra+classic://";
  private static final String RELAY = "relay=";
  private static final String VERSION = "version=";

  /** No ticket is longer: so many hosts in brackets, and the parts whose length is given. */
  private static final int MAX_LENGTH =
      MAX_ADDRESSES * (HostPort.MAX_HOST + "[]:65535,".length()) + 384;

  private final String text;

  private TicketText(String text) {
    this.text = text;
  }

  // ---- reading ----

  static Ticket parse(String text) {
    boolean classic = text.startsWith(CLASSIC);
    if (!classic && !text.startsWith(WIRE_2)) {
      throw new IllegalArgumentException(
          "not a ticket: it does not begin with hydra:// or hydra+classic://");
    }
    if (text.length() > MAX_LENGTH) {
      throw malformed();
    }
    return classic ? new TicketText(text).classic() : new TicketText(text).wire2();
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        "malformed ticket, expected hydra://host:port/session?relay=key#key or"
            + " hydra+classic://host:port/session?version=1.0.0-beta.6#key"
            + " (is the end cut off, or # eaten by the shell?)");
  }

  private Ticket wire2() {
    int slash = find('/', WIRE_2.length());
    int hash = find('#', slash);
    int query = text.lastIndexOf('?', hash);
    if (query <= slash) {
      return Ticket.of(
          addresses(WIRE_2.length(), slash), sessionId(slash + 1, hash), sessionKey(hash + 1));
    }
    RelayKeys relay = RelayKeys.parse(value(RELAY, query + 1, hash));
    return Ticket.of(
            addresses(WIRE_2.length(), slash), sessionId(slash + 1, query), sessionKey(hash + 1))
        .withRelayKeys(relay);
  }

  private Ticket classic() {
    int slash = find('/', CLASSIC.length());
    int hash = find('#', slash);
    int query = text.lastIndexOf('?', hash);
    if (query < slash) {
      throw new IllegalArgumentException(
          "a ticket for the classic wire needs ?version= behind its session");
    }
    String version = value(VERSION, query + 1, hash);
    return Ticket.classic(
        addresses(CLASSIC.length(), slash),
        sessionId(slash + 1, query),
        version,
        sessionKey(hash + 1));
  }

  private int find(char separator, int from) {
    int at = text.indexOf(separator, from);
    if (at < 0) {
      throw malformed();
    }
    return at;
  }

  private String value(String name, int from, int end) {
    if (!text.startsWith(name, from) || from + name.length() > end) {
      throw malformed();
    }
    return text.substring(from + name.length(), end);
  }

  private SessionId sessionId(int from, int end) {
    return SessionId.of(
        Base64Url.decode(text.substring(from, end), SessionId.LENGTH, "session id"));
  }

  private SessionKey sessionKey(int from) {
    byte[] bytes = Base64Url.decode(text.substring(from), SessionKey.LENGTH, "session key");
    try {
      return SessionKey.of(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private List<RelayAddress> addresses(int from, int end) {
    List<RelayAddress> all = new ArrayList<>();
    for (int begin = from; begin <= end; ) {
      int comma = text.indexOf(',', begin);
      int to = comma < 0 || comma > end ? end : comma;
      if (all.size() == MAX_ADDRESSES) {
        throw new IllegalArgumentException("a ticket has at most " + MAX_ADDRESSES + " relays");
      }
      all.add(address(text.substring(begin, to)));
      begin = to + 1;
    }
    return all;
  }

  private static RelayAddress address(String hostAndPort) {
    int colon = hostAndPort.lastIndexOf(':');
    if (colon < 0) {
      throw malformed();
    }
    int port = port(hostAndPort.substring(colon + 1));
    String host = hostAndPort.substring(0, colon);
    checkZone(host);
    if (host.startsWith("[") && host.endsWith("]")) {
      String inside = host.substring(1, host.length() - 1);
      if (!HostPort.isIpv6(inside)) {
        throw new IllegalArgumentException("the ticket's brackets do not hold an IPv6 address");
      }
      return new RelayAddress(inside, port);
    }
    if (host.indexOf(':') >= 0) { // an IPv6 address stands in brackets
      throw malformed();
    }
    return new RelayAddress(host, port);
  }

  private static int port(String digits) {
    boolean plain = !digits.isEmpty() && digits.length() <= 5 && digits.charAt(0) != '0';
    for (int i = 0; i < digits.length(); i++) {
      plain &= digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    if (!plain) {
      throw malformed();
    }
    return Integer.parseInt(digits);
  }

  // ---- what may stand in it ----

  static void checkZone(String host) {
    if (host.indexOf('%') >= 0) {
      throw new IllegalArgumentException(
          "a ticket's host has no percent sign: a zone (%eth0) means something on one machine only,"
              + " give a name or an address without one");
    }
  }

  private static boolean isAlphanumeric(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
  }

  /** Whether it can be the version of a ticket: what needs no escape in a query. */
  static boolean isVersion(String version) {
    boolean fits = !version.isEmpty() && version.length() <= ClassicVersions.MAX_LENGTH;
    for (int i = 0; fits && i < version.length(); i++) {
      char c = version.charAt(i);
      fits = isAlphanumeric(c) || c == '.' || c == '-' || c == '+' || c == '_';
    }
    return fits;
  }

  // ---- writing ----

  static String format(Ticket ticket) {
    StringBuilder text = new StringBuilder();
    String query =
        ticket
            .classicVersion()
            .map(version -> "?" + VERSION + version)
            .or(() -> ticket.relayKeys().map(keys -> "?" + RELAY + keys))
            .orElse("");
    String before = ticket.wire() == Wire.CLASSIC ? CLASSIC : WIRE_2;
    for (RelayAddress address : ticket.addresses()) {
      text.append(before).append(address);
      before = ",";
    }
    return text.append('/')
        .append(Base64Url.encode(ticket.sessionId().toBytes()))
        .append(query)
        .append('#')
        .append(Base64Url.encode(ticket.sessionKey().bytes()))
        .toString();
  }
}
