package io.hydrasync.client.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkZonesTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "169.254.1.2", "::1", "fd00::1", "2001:db8::1"})
  void leavesWhatNeedsNoZoneAsItIs(String literal) throws Exception {
    InetAddress address = InetAddress.getByName(literal);

    assertThat(LinkZones.of(address)).containsExactly(address);
  }

  @Test
  void looksOnEachLinkForAnAddressOfOneLink() throws Exception {
    List<NetworkInterface> links =
        NetworkInterface.networkInterfaces().filter(LinkZonesTest::isLink).toList();
    assumeTrue(!links.isEmpty(), "no link with IPv6");

    List<InetAddress> zoned = LinkZones.of(InetAddress.getByName("fe80::1234"));

    assertThat(zoned)
        .allMatch(one -> one.getHostAddress().startsWith("fe80:0:0:0:0:0:0:1234%"))
        .extracting(one -> ((Inet6Address) one).getScopeId())
        .containsExactlyElementsOf(links.stream().map(NetworkInterface::getIndex).toList());
    assertThat(LinkZones.of(zoned.get(0))).as("it has one").containsExactly(zoned.get(0));
  }

  private static boolean isLink(NetworkInterface link) {
    try {
      return link.isUp()
          && link.inetAddresses()
              .anyMatch(one -> one instanceof Inet6Address && one.isLinkLocalAddress());
    } catch (SocketException e) {
      return false;
    }
  }
}
