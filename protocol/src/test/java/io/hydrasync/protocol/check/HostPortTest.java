package io.hydrasync.protocol.check;

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
    "localhost:0,localhost,0",
    "[fe80::1%eth0]:4370,fe80::1%eth0,4370",
    "[::ffff:10.0.0.1]:1,::ffff:10.0.0.1,1",
    "relay.example.:4370,relay.example.,4370",
    "my_relay:4370,my_relay,4370",
    "xn--bcher-kva.example:4370,xn--bcher-kva.example,4370"
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
        "host:1x",
        "[]:1",
        "[1.2.3.4]:1",
        "[:::]:1",
        "[fe80::1%]:1",
        "[fe80::1%a b]:1",
        "fe80::1%eth0:1",
        "host%eth0:1",
        "a..b:1",
        ".:1",
        "-a:1",
        "a-:1",
        "_a.b:1",
        "a_.b:1",
        "a:\u0661"
      })
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "relay.example, its port is missing",
    "relay.example:, its port is missing",
    "::1, an IPv6 address stands in brackets",
    "::1:4370, an IPv6 address stands in brackets",
    "[::1, its ] is missing",
    "[::1]:, such as 127.0.0.1:4370",
    "[relay]:1, has no IPv6 address in its brackets",
    "host:65536, 'a port is at most 65535, not 65536'",
    "host:4294971666, 'a port is at most 65535, not 4294971666'",
    "b\u00fccher.example:1, as DNS has it",
    ":4370, has no host name"
  })
  void saysWhatIsMissing(String text, String said) {
    assertThatThrownBy(() -> HostPort.parse(text)).hasMessageContaining(said);
  }

  @Test
  void saysOnlyTheBeginningOfALongText() {
    assertThatThrownBy(() -> HostPort.parse("a".repeat(1_000)))
        .message()
        .hasSizeLessThan(200)
        .contains("aaa...");
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
}
