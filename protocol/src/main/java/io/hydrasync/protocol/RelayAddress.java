package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import io.hydrasync.protocol.check.HostPort;
import java.net.InetSocketAddress;

/**
 * Where a relay is: a name or an address, and a port. Never resolved: clients look a name up at
 * each attempt to connect. Two are equal if their texts are; the case of letters counts. Immutable
 * and thread-safe.
 *
 * @param host name or address, at most 254 characters; IPv6 without brackets, with its zone if it
 *     has one ({@code fe80::1%eth0})
 * @param port 1 to 65535
 */
public record RelayAddress(String host, int port) {
  /**
   * Checks both; nothing is looked up. What is refused is not quoted: it may be a secret.
   *
   * @param host name or address, at most 254 characters; IPv6 without brackets
   * @param port 1 to 65535
   * @throws IllegalArgumentException if the host cannot be one, or the port is out of bounds
   */
  public RelayAddress {
    new HostPort(host, (int) Arguments.between(port, "a port", 1, HostPort.MAX_PORT));
  }

  /**
   * Reads an address.
   *
   * @param text {@code host:port}, IPv6 in brackets: {@code relay.example:4370}, {@code [::1]:4370}
   * @return the address
   * @throws IllegalArgumentException if it is none; the message says why, and quotes the text's
   *     beginning
   */
  public static RelayAddress parse(String text) {
    HostPort read = HostPort.parse(Arguments.given(text, "a relay's address"));
    return new RelayAddress(read.host(), read.port());
  }

  /**
   * The host and port of a socket address. Its host string is taken as it is: nothing is looked up,
   * and an address that it holds beside a name is left behind.
   *
   * @param address resolved or not
   * @return what {@link InetSocketAddress#getHostString()} says, and the port
   * @throws IllegalArgumentException if the host cannot be one, or the port is 0
   */
  public static RelayAddress of(InetSocketAddress address) {
    Arguments.given(address, "a relay's address");
    return new RelayAddress(address.getHostString(), address.getPort());
  }

  /**
   * Whether the host is an address with a zone, which means something on this machine only and so
   * cannot stand in a ticket.
   *
   * @return true for the likes of {@code fe80::1%eth0}
   */
  public boolean hasZone() {
    return host.indexOf('%') >= 0;
  }

  /** {@code host:port}, IPv6 in brackets: what {@link #parse} reads. */
  @Override
  public String toString() {
    return new HostPort(host, port).toString();
  }

  // Written out: what JDK 17 makes of them keeps the class loader of the last
  // record that was compared, and clients compare addresses where an application is to be unloaded.

  @Override
  public final boolean equals(Object other) {
    return other instanceof RelayAddress address
        && port == address.port
        && host.equals(address.host);
  }

  @Override
  public final int hashCode() {
    return 31 * host.hashCode() + port;
  }
}
