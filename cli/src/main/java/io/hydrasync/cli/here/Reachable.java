package io.hydrasync.cli.here;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * By which addresses another machine may reach this one. Those of interfaces that are up, tunnels
 * included; not those of bridges that lead to containers and virtual machines of this one, which
 * are known by their usual names.
 */
final class Reachable {
  private static final Pattern INWARD =
      Pattern.compile(
          "docker[0-9]+|br-[0-9a-f]{12}|podman[0-9]+|cni[0-9]+|cni-podman[0-9]+|veth.*"
              + "|virbr[0-9]+(-nic)?|lxcbr[0-9]+|lxdbr[0-9]+|vmnet[0-9]+|vboxnet[0-9]+");

  /** Never asked: connecting a datagram socket sends nothing. */
  private static final String[] FAR = {"192.0.2.1", "2001:db8::1"};

  /** Two groups of an IPv6 address or more that are zero, with the colons around them. */
  private static final Pattern ZEROS = Pattern.compile("(^|:)0(:0)+(:|$)");

  private static final int ANY_PORT = 9;

  private Reachable() {}

  /** An interface that is up. */
  record Interface(String name, boolean loopback, List<InetAddress> addresses) {
    static Optional<Interface> of(NetworkInterface one) {
      try {
        return one.isUp()
            ? Optional.of(
                new Interface(one.getName(), one.isLoopback(), one.inetAddresses().toList()))
            : Optional.empty();
      } catch (SocketException e) { // it has just gone
        return Optional.empty();
      }
    }
  }

  /** Those of this machine, as at this moment. */
  static List<InetAddress> now() throws SocketException {
    List<Interface> up =
        NetworkInterface.networkInterfaces().map(Interface::of).flatMap(Optional::stream).toList();
    return of(up, outward());
  }

  /**
   * The order in which they are told: what this machine itself would use first, then IPv4, then
   * IPv6, those of one link only last; loopback where there is nothing else.
   *
   * @param outward from which this machine sends to far ones
   */
  static List<InetAddress> of(List<Interface> up, List<InetAddress> outward) {
    List<InetAddress> found = addresses(up, one -> !one.loopback && !leadsInward(one));
    if (found.isEmpty()) {
      found = addresses(up, one -> !one.loopback);
    }
    if (found.isEmpty()) {
      found = addresses(up, Interface::loopback);
    }
    return found.isEmpty() ? List.of(InetAddress.getLoopbackAddress()) : sorted(found, outward);
  }

  private static boolean leadsInward(Interface one) {
    return INWARD.matcher(one.name).matches();
  }

  private static List<InetAddress> addresses(List<Interface> up, Predicate<Interface> which) {
    return up.stream().filter(which).flatMap(one -> one.addresses.stream()).distinct().toList();
  }

  private static List<InetAddress> sorted(List<InetAddress> found, List<InetAddress> outward) {
    List<InetAddress> sorted = new ArrayList<>(found);
    sorted.sort(
        Comparator.comparing(InetAddress::isLinkLocalAddress)
            .thenComparing(address -> !(address instanceof Inet4Address))
            .thenComparing(address -> !outward.contains(address)));
    return sorted;
  }

  private static List<InetAddress> outward() {
    return Stream.of(FAR).map(Reachable::sourceTo).flatMap(Optional::stream).toList();
  }

  private static Optional<InetAddress> sourceTo(String far) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(far), ANY_PORT));
      return Optional.of(socket.getLocalAddress());
    } catch (IOException | RuntimeException e) { // there is no way out, of this family
      return Optional.empty();
    }
  }

  /** As people write it: without a zone, and the longest row of zeros left out (RFC 5952). */
  static String text(InetAddress address) {
    String full = address.getHostAddress();
    int zone = full.indexOf('%');
    String text = zone < 0 ? full : full.substring(0, zone);
    if (address instanceof Inet4Address) {
      return text;
    }
    return ZEROS
        .matcher(text)
        .results()
        .max(Comparator.comparingInt(row -> row.end() - row.start()))
        .map(row -> text.substring(0, row.start()) + "::" + text.substring(row.end()))
        .orElse(text);
  }
}
