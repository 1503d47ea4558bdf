package io.hydrasync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class TestRelayTest {
  private static void connect(InetSocketAddress where) throws IOException {
    new Socket(where.getAddress(), where.getPort()).close();
  }

  @Test
  void comesBackAtItsAddressUnderItsKey() throws IOException {
    try (TestRelay relay = TestRelay.open(options -> options.eventLoopThreads(1))) {
      InetSocketAddress address = relay.address();
      RelayKey key = relay.relayKey();
      HydraServer first = relay.server();
      connect(address);

      relay.stop();
      relay.stop();
      assertThatIOException().isThrownBy(() -> connect(address));
      relay.start();
      relay.start();

      connect(address);
      assertThat(relay.server()).isNotSameAs(first);
      assertThat(relay.server().address()).isEqualTo(address);
      assertThat(relay.server().relayKey()).isEqualTo(key);
    }
  }

  @Test
  void closeIsForGood() {
    TestRelay relay = TestRelay.open();
    relay.close();
    relay.close();

    assertThatIOException().isThrownBy(() -> connect(relay.address()));
    assertThatIllegalStateException().isThrownBy(relay::start);
  }
}
