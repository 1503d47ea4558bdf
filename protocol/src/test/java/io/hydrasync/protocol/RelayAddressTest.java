package io.hydrasync.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RelayAddressTest {
  @ParameterizedTest
  @CsvSource({
    "relay.example:4370,relay.example,4370,false",
    "127.0.0.1:1,127.0.0.1,1,false",
    "[::1]:65535,::1,65535,false",
    "[fe80::1%eth0]:4370,fe80::1%eth0,4370,true"
  })
  void readsAndPrintsTheSame(String text, String host, int port, boolean zone) {
    RelayAddress read = RelayAddress.parse(text);

    assertThat(read).isEqualTo(new RelayAddress(host, port)).hasToString(text);
    assertThat(read.hasZone()).isEqualTo(zone);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "relay", "relay:0", "relay:65536", "::1:4370", "a b:1", "[relay]:1"})
  void refusesTextThatIsNone(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> RelayAddress.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "'',1",
    "a..b,1",
    "[::1],1",
    "b\u00fccher.example,1",
    "relay,0",
    "relay,65536",
    "relay,-1"
  })
  void refusesPartsThatAreNone(String host, int port) {
    assertThatIllegalArgumentException().isThrownBy(() -> new RelayAddress(host, port));
  }

  @Test
  void quotesNoHostThatMayBeASecret() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RelayAddress("s3cret key", 1))
        .withMessage("not a host name or address");
  }

  @Test
  void namesWhatIsNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> new RelayAddress(null, 1))
        .withMessage("a host is null");
    assertThatNullPointerException()
        .isThrownBy(() -> RelayAddress.parse(null))
        .withMessage("a relay's address is null");
    assertThatNullPointerException()
        .isThrownBy(() -> RelayAddress.of(null))
        .withMessage("a relay's address is null");
  }

  @Test
  void takesTheHostStringOfASocketAddressAndLooksNothingUp() throws Exception {
    InetAddress named = InetAddress.getByAddress("relay.invalid", new byte[] {127, 0, 0, 1});
    InetSocketAddress literal =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 7);

    assertThat(RelayAddress.of(new InetSocketAddress(named, 7))).hasToString("relay.invalid:7");
    assertThat(RelayAddress.of(InetSocketAddress.createUnresolved("relay.invalid", 7)))
        .hasToString("relay.invalid:7");
    assertThat(RelayAddress.of(literal)).hasToString("127.0.0.1:7");
    assertThat(literal.getHostString()).as("not looked up backwards").isEqualTo("127.0.0.1");
  }
}
