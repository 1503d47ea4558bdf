package io.hydrasync.protocol.check;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port as text: {@code relay.example:4370}, {@code 127.0.0.1:4370}, {@code
 * [::1]:4370}, {@code [fe80::1%eth0]:4370}. The one home of what can stand there; nothing is looked
 * up.
 *
 * @param host name or address, IPv6 without brackets and with its zone, if it has one
 * @param port 0 to 65535; 0 lets the operating system choose and makes sense for listening only
 */
public record HostPort(String host, int port) {
  /** The longest host: a name of DNS with its last dot. */
  public static final int MAX_HOST = 254;

  /** The highest port. */
  public static final int MAX_PORT = 65_535;

  private static final Pattern PARTS = Pattern.compile("(\\[[^]]*]|[^:\\[\\]]*):([0-9]{1,20})");
  private static final Pattern IPV6 = Pattern.compile("([0-9A-Fa-f:.]+)(%[A-Za-z0-9._~-]{1,64})?");
  private static final int MAX_LENGTH = MAX_HOST + ":65535".length();
  private static final int MAX_SHOWN = 80;

  /**
   * Checks both. What is refused is not quoted: it may be a secret.
   *
   * @param host name or address, IPv6 without brackets and with its zone, if it has one
   * @param port 0 to 65535
   * @throws IllegalArgumentException if one of them is none
   */
  public HostPort {
    if (!isHost(Arguments.given(host, "a host"))) {
      throw new IllegalArgumentException(
          "not a host name or address"
              + (host.indexOf('%') < 0
                  ? ""
                  : ": a percent sign stands before the zone of an IPv6 address only"));
    }
    Arguments.between(port, "a port", 0, MAX_PORT);
  }

  /**
   * Reads a host and port.
   *
   * @param text such as {@code 127.0.0.1:4370}; what is wrong with it is said, and its beginning
   *     quoted
   * @return both
   * @throws IllegalArgumentException if it is none
   */
  public static HostPort parse(String text) {
    Arguments.given(text, "a host and port");
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
    if (!isIpv6(address)) {
      throw refused(text, "has no IPv6 address in its brackets");
    }
    return address;
  }

  private static String name(String text, String host) {
    if (host.chars().anyMatch(c -> c > 0x7F)) {
      throw refused(text, "has a host that is not ASCII: write its name as DNS has it, xn--...");
    }
    if (!isHost(host)) {
      throw refused(text, "has no host name or address before its port");
    }
    return host;
  }

  private static IllegalArgumentException refused(String text, String why) {
    String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
    return new IllegalArgumentException("'" + shown + "' " + why);
  }

  /**
   * Where a socket is, without the zone of its address.
   *
   * @param address bound or connected
   * @return its address and port
   */
  public static HostPort of(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip == null ? address.getHostString() : ip.getHostAddress();
    int zone = host.indexOf('%');
    return new HostPort(zone < 0 ? host : host.substring(0, zone), address.getPort());
  }

  // ---- what a host is ----

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

  /**
   * Whether it is an IPv6 address.
   *
   * @param text without brackets, perhaps with a zone
   * @return false for a name, and for an IPv4 address
   */
  public static boolean isIpv6(String text) {
    Matcher parts = IPV6.matcher(text.length() > MAX_HOST ? "" : text);
    return parts.matches() && text.indexOf(':') >= 0 && isAddress(parts.group(1));
  }

  /** A literal with a colon is never looked up, only parsed. */
  private static boolean isAddress(String literal) {
    try {
      return InetAddress.getByName(literal) != null; // an IPv4-mapped one comes back as IPv4
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** {@code host:port}, IPv6 in brackets. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
