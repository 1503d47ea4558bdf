package io.hydrasync.cli.here;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReachableTest {
  private static final Reachable.Interface LOOPBACK = up("lo", true, "127.0.0.1", "::1");

  private static Reachable.Interface up(String name, boolean loopback, String... addresses) {
    return new Reachable.Interface(name, loopback, parsed(addresses));
  }

  private static List<InetAddress> parsed(String... addresses) {
    List<InetAddress> parsed = new ArrayList<>();
    for (String address : addresses) {
      try {
        parsed.add(InetAddress.getByName(address));
      } catch (UnknownHostException e) {
        throw new AssertionError(e);
      }
    }
    return parsed;
  }

  private static List<String> told(List<Reachable.Interface> up, String... outward) {
    return Reachable.of(up, parsed(outward)).stream().map(Reachable::text).toList();
  }

  @Test
  void tellsTheOneThatThisMachineUsesFirstAndThoseOfOneLinkLast() {
    Reachable.Interface wired =
        up("eth0", false, "fe80::1", "2001:db8::5", "169.254.3.4", "192.168.1.5");
    Reachable.Interface wireless = up("wlan0", false, "fe80::2", "10.0.0.7", "fd00::7");

    assertThat(told(List.of(LOOPBACK, wired, wireless), "10.0.0.7", "fd00::7"))
        .containsExactly(
            "10.0.0.7",
            "192.168.1.5",
            "fd00::7",
            "2001:db8::5",
            "169.254.3.4",
            "fe80::1",
            "fe80::2");
  }

  @Test
  void tellsLoopbackOnlyIfThereIsNoOther() {
    assertThat(told(List.of(LOOPBACK))).containsExactly("127.0.0.1", "::1");
    assertThat(told(List.of())).containsExactly("127.0.0.1");
    assertThat(told(List.of(LOOPBACK, up("tun0", false, "10.8.0.2")))).containsExactly("10.8.0.2");
    assertThat(told(List.of(LOOPBACK, up("eth0", false)))).containsExactly("127.0.0.1", "::1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker0", "br-0123456789ab", "virbr0", "veth12ab", "podman1", "vmnet8"})
  void leavesOutWhatLeadsToThisMachinesOwnGuests(String name) {
    Reachable.Interface inward = up(name, false, "172.17.0.1");

    assertThat(told(List.of(LOOPBACK, inward, up("br0", false, "192.168.1.5"))))
        .containsExactly("192.168.1.5");
    assertThat(told(List.of(LOOPBACK, inward)))
        .as("a guest is another machine, too")
        .containsExactly("172.17.0.1");
  }

  @ParameterizedTest
  @CsvSource({
    "fe80:0:0:0:fc:ff:fe00:1, fe80::fc:ff:fe00:1",
    "fd00:0:0:0:0:0:0:2, fd00::2",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "0:0:0:0:0:0:0:1, ::1",
    "2001:db8:1:0:0:0:0:0, 2001:db8:1::",
    "192.0.2.0, 192.0.2.0"
  })
  void writesAddressesAsPeopleDo(String full, String text) {
    assertThat(Reachable.text(parsed(full).get(0))).isEqualTo(text);
  }

  @Test
  void tellsSomethingOfThisMachine() throws Exception {
    assertThat(Reachable.now()).isNotEmpty().noneMatch(InetAddress::isAnyLocalAddress);
  }
}
