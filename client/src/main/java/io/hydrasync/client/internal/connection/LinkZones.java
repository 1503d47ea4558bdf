package io.hydrasync.client.internal.connection;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * On which links an IPv6 address is looked for that is of one link only and does not say of which:
 * a ticket cannot name a zone, since zones are each machine's own. Stateless.
 */
final class LinkZones {
  private LinkZones() {}

  /** The address on each link of this machine; or as it is, where it needs no zone or has one. */
  static List<InetAddress> of(InetAddress address) {
    if (!(address instanceof Inet6Address six)
        || !six.isLinkLocalAddress()
        || six.getScopeId() != 0) {
      return List.of(address);
    }
    List<InetAddress> zoned = new ArrayList<>();
    try {
      for (NetworkInterface link : NetworkInterface.networkInterfaces().toList()) {
        if (link.isUp() && link.inetAddresses().anyMatch(LinkZones::isOfALink)) {
          zoned.add(Inet6Address.getByAddress(null, six.getAddress(), link));
        }
      }
    } catch (SocketException | UnknownHostException e) {
      // a link that has just gone; the system says what is wrong with the address
    }
    return zoned.isEmpty() ? List.of(address) : zoned;
  }

  private static boolean isOfALink(InetAddress address) {
    return address instanceof Inet6Address && address.isLinkLocalAddress();
  }
}
