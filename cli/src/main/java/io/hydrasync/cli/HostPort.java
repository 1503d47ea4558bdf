package io.hydrasync.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a relay is, or is to listen: {@code relay.example:4370}, {@code 127.0.0.1:4370}, {@code
 * [::1]:4370}.
 *
 * @param host name or address, IPv6 without brackets
 * @param port 0 to 65535; 0 lets the operating system choose and makes sense for listening only
 */
record HostPort(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+):([0-9]{1,5})");
  private static final int MAX_LENGTH = 254 + ":65535".length();
  private static final int MAX_PORT = 65_535;

  /**
   * Reads a host and port.
   *
   * @throws IllegalArgumentException if it is none
   */
  static HostPort parse(String text) {
    Matcher parts = FORM.matcher(text.length() > MAX_LENGTH ? "" : text);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not HOST:PORT, such as 127.0.0.1:4370 or [::1]:4370");
    }
    int port = Integer.parseInt(parts.group(2));
    if (port > MAX_PORT) {
      throw new IllegalArgumentException("a port is at most " + MAX_PORT + ", not " + port);
    }
    String host = parts.group(1);
    return new HostPort(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
  }

  /** The address of a socket. */
  static HostPort of(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    String host = ip == null ? address.getHostString() : ip.getHostAddress();
    int zone = host.indexOf('%');
    return new HostPort(zone < 0 ? host : host.substring(0, zone), address.getPort());
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
