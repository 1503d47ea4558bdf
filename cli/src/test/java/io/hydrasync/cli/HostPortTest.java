package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:4370,127.0.0.1,4370",
    "relay.example:1,relay.example,1",
    "[::1]:65535,::1,65535",
    "localhost:0,localhost,0"
  })
  void readsAndPrintsTheSame(String text, String host, int port) {
    HostPort read = HostPort.parse(text);

    assertThat(read).isEqualTo(new HostPort(host, port)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        ":4370",
        "host:",
        "host:65536",
        "host:99999",
        "::1:4370",
        "a b:1",
        "host:1x"
      })
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void printsTheAddressOfASocketWithoutItsZone() throws Exception {
    byte[] linkLocal = new byte[16];
    linkLocal[0] = (byte) 0xFE;
    linkLocal[1] = (byte) 0x80;
    linkLocal[15] = 1;

    assertThat(HostPort.of(new InetSocketAddress(InetAddress.getByAddress(linkLocal), 7)))
        .hasToString("[fe80:0:0:0:0:0:0:1]:7");
  }

  @Test
  void leavesTheNameToBeLookedUpAtEachAttempt() {
    assertThat(HostPort.parse("localhost:1").unresolved().isUnresolved()).isTrue();
  }
}
