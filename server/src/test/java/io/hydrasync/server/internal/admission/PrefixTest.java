package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixTest {
  private static InetSocketAddress address(String literal) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(literal), 1000);
  }

  /** As Netty's native transports make it: the JDK's own factories would make it IPv4. */
  private static InetSocketAddress ipv6(int... lastBytes) throws UnknownHostException {
    byte[] bytes = new byte[16];
    for (int i = 0; i < lastBytes.length; i++) {
      bytes[bytes.length - lastBytes.length + i] = (byte) lastBytes[i];
    }
    return new InetSocketAddress(Inet6Address.getByAddress(null, bytes, -1), 1000);
  }

  @Test
  void anIpv4AddressStandsForItself() throws Exception {
    assertThat(Prefix.around(address("192.0.2.1")))
        .containsExactly(new Prefix(0xC0000201L, Prefix.IPV4));
    assertThat(Prefix.around(address("255.255.255.255")))
        .containsExactly(new Prefix(0xFFFFFFFFL, Prefix.IPV4));
  }

  @Test
  void anIpv6AddressStandsForThreeNetworks() throws Exception {
    assertThat(Prefix.around(address("fedc:ba98:7654:3210:1:2:3:4")))
        .containsExactly(
            new Prefix(0xFEDC_BA98_7654_3210L, Prefix.IPV6_MACHINE),
            new Prefix(0xFE_DCBA_9876_5432L, Prefix.IPV6_CUSTOMER),
            new Prefix(0xFEDC_BA98_7654L, Prefix.IPV6_SITE));
  }

  @Test
  void anIpv4AddressWithinAnIpv6OneIsAnIpv4Address() throws Exception {
    List<Prefix> plain = Prefix.around(address("192.0.2.1"));

    assertThat(Prefix.around(ipv6(0xFF, 0xFF, 192, 0, 2, 1))).isEqualTo(plain);
    assertThat(Prefix.around(address("64:ff9b::192.0.2.1"))).isEqualTo(plain);
    assertThat(Prefix.around(address("64:ff9b::1:192.0.2.1"))).hasSize(3);
    assertThat(Prefix.around(ipv6(0xFF, 0xFE, 192, 0, 2, 1))).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1,true",
    "127.255.0.9,true",
    "::1,true",
    "128.0.0.1,false",
    "::2,false",
    "64:ff9b::127.0.0.1,false",
    "0.0.0.0,false"
  })
  void loopbackIsWhatOnlyThisMachineCanHave(String literal, boolean expected) throws Exception {
    assertThat(Prefix.isLoopback(address(literal))).isEqualTo(expected);
  }

  @Test
  void loopbackMayBeMapped() throws Exception {
    assertThat(Prefix.isLoopback(ipv6(0xFF, 0xFF, 127, 0, 0, 1))).isTrue();
    assertThat(Prefix.isLoopback(ipv6(0xFF, 0xFF, 128, 0, 0, 1))).isFalse();
  }

  @Test
  void anAddressThatIsUnresolvedHasNone() {
    InetSocketAddress unresolved = InetSocketAddress.createUnresolved("relay.example", 1);

    assertThat(Prefix.around(unresolved)).isEmpty();
    assertThat(Prefix.isLoopback(unresolved)).isFalse();
  }
}
