package io.hydrasync.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a relay is, or is to listen: {@code relay.example:4370}, {@code 127.0.0.1:4370}, {@code
 * [::1]:4370}, {@code [fe80::1%eth0]:4370}.
 *
 * @param host name or address, IPv6 without brackets and with its zone, if it has one
 * @param port 0 to 65535; 0 lets the operating system choose and makes sense for listening only
 */
record HostPort(String host, int port) {
  private static final Pattern PARTS = Pattern.compile("(\\[[^]]*]|[^:\\[\\]]*):([0-9]{1,20})");
  private static final Pattern IPV6 = Pattern.compile("([0-9A-Fa-f:.]+)(%[A-Za-z0-9._~-]{1,64})?");

  /** As in a ticket: labels and dots between them; one dot may stand at the end. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?!.*[_-](\\.|$))([A-Za-z0-9][A-Za-z0-9_-]*+\\.)*+([A-Za-z0-9][A-Za-z0-9_-]*+)?+");

  private static final int MAX_NAME = 254;
  private static final int MAX_LENGTH = MAX_NAME + ":65535".length();
  private static final int MAX_SHOWN = 80;
  private static final int MAX_PORT = 65_535;

  /**
   * Reads a host and port.
   *
   * @throws IllegalArgumentException if it is none
   */
  static HostPort parse(String text) {
    Matcher parts = PARTS.matcher(text.length() > MAX_LENGTH ? "" : text);
    if (!parts.matches()) {
      throw refused(text, "is not HOST:PORT, such as 127.0.0.1:4370 or [::1]:4370" + hint(text));
    }
    String digits = parts.group(2);
    if (digits.length() > 5 || Integer.parseInt(digits) > MAX_PORT) {
      throw new IllegalArgumentException("a port is at most " + MAX_PORT + ", not " + digits);
    }
    String host = parts.group(1);
    return new HostPort(
        host.startsWith("[") ? ipv6(text, host) : name(text, host), Integer.parseInt(digits));
  }

  /** What else there is to say of a text that has no form at all. */
  private static String hint(String text) {
    if (text.startsWith("[")) {
      return text.indexOf(']') < 0 ? ": its ] is missing" : "";
    }
    if (text.indexOf(':') != text.lastIndexOf(':')) {
      return ": an IPv6 address stands in brackets";
    }
    return text.endsWith(":") || text.indexOf(':') < 0 ? ": its port is missing" : "";
  }

  private static String ipv6(String text, String inBrackets) {
    String address = inBrackets.substring(1, inBrackets.length() - 1);
    Matcher parts = IPV6.matcher(address);
    if (!parts.matches() || address.indexOf(':') < 0 || !isAddress(parts.group(1))) {
      throw refused(text, "has no IPv6 address in its brackets");
    }
    return address;
  }

  /** A literal with a colon is never looked up, only parsed. */
  private static boolean isAddress(String literal) {
    try {
      return InetAddress.getByName(literal) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String name(String text, String host) {
    if (host.chars().anyMatch(c -> c > 0x7F)) {
      throw refused(text, "has a host that is not ASCII: write its name as DNS has it, xn--...");
    }
    if (host.isEmpty() || host.length() > MAX_NAME || !NAME.matcher(host).matches()) {
      throw refused(text, "has no host name or address before its port");
    }
    return host;
  }

  private static IllegalArgumentException refused(String text, String why) {
    String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
    return new IllegalArgumentException("'" + shown + "' " + why);
  }

  /** The address of a socket. */
  static HostPort of(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip == null ? address.getHostString() : ip.getHostAddress();
    int zone = host.indexOf('%');
    return new HostPort(zone < 0 ? host : host.substring(0, zone), address.getPort());
  }

  /** Whether the address means something on this machine only, and so cannot stand in a ticket. */
  boolean hasZone() {
    return host.indexOf('%') >= 0;
  }

  /** For a client, which looks the name up at each attempt to connect. */
  InetSocketAddress unresolved() {
    return InetSocketAddress.createUnresolved(host, port);
  }

  /** The name under which {@link io.hydrasync.client.KnownRelays} has it. */
  String knownName() {
    return host + ":" + port;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
