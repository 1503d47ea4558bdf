package io.hydrasync.cli.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class WireTapTest {
  @Test
  void passesEverythingOnAndFindsTheText() throws IOException {
    try (ServerSocket relay = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        WireTap tap =
            new WireTap((InetSocketAddress) relay.getLocalSocketAddress(), DemoMessages.MARKER);
        Socket client = new Socket(tap.address().getAddress(), tap.address().getPort());
        Socket onward = relay.accept()) {
      client.getOutputStream().write("xmessage mes".getBytes(US_ASCII));
      assertThat(onward.getInputStream().readNBytes(12)).hasSize(12);
      client.getOutputStream().write("sage".getBytes(US_ASCII));
      client.getOutputStream().write(" y".getBytes(US_ASCII));
      client.shutdownOutput();
      assertThat(new String(onward.getInputStream().readAllBytes(), US_ASCII)).isEqualTo("sage y");
      onward.getOutputStream().write("no text".getBytes(US_ASCII));
      onward.shutdownOutput();
      assertThat(client.getInputStream().readAllBytes()).hasSize(7);

      assertThat(tap.textFound()).isEqualTo(2);
      assertThat(tap.bytesToRelay()).isEqualTo(18);
      assertThat(tap.bytesFromRelay()).isEqualTo(7);
    }
  }
}
