package io.hydrasync.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RelayProxyTest {
  /** How long nothing has to come until it is plain that nothing does. */
  private static final int STILL_MS = 200;

  private final ServerSocket relay = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());

  RelayProxyTest() throws IOException {}

  @AfterEach
  void closeRelay() throws IOException {
    relay.close();
  }

  private static InetSocketAddress address(ServerSocket socket) {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  private static Socket connect(RelayProxy proxy) throws IOException {
    return new Socket(proxy.address().getAddress(), proxy.address().getPort());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static String read(Socket socket, int length) throws IOException {
    return new String(socket.getInputStream().readNBytes(length), US_ASCII);
  }

  private static void assertStill(Socket socket) throws IOException {
    socket.setSoTimeout(STILL_MS);
    try {
      assertThat(socket.getInputStream().read()).as("nothing comes").isEqualTo(-2);
    } catch (SocketTimeoutException e) {
      socket.setSoTimeout(0);
    }
  }

  @Test
  void passesBytesAndEndsInBothDirections() throws IOException {
    try (RelayProxy proxy = RelayProxy.to(address(relay));
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      send(client, "up");
      client.shutdownOutput();
      assertThat(new String(server.getInputStream().readAllBytes(), US_ASCII)).isEqualTo("up");
      send(server, "down");
      server.shutdownOutput();
      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII)).isEqualTo("down");

      assertThat(proxy.connections()).isEqualTo(1);
      assertThat(proxy.bytes(Link.Direction.TO_RELAY)).isEqualTo(2);
      assertThat(proxy.bytes(Link.Direction.TO_CLIENT)).isEqualTo(4);
    }
  }

  @Test
  void holdsEverythingAndNewConnectionsUntilItIsReleased() throws IOException {
    try (RelayProxy proxy = RelayProxy.to(address(relay));
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      proxy.hold();
      send(client, "a");
      send(server, "b");
      try (Socket late = connect(proxy)) {
        send(late, "c");
        assertStill(server);
        assertStill(client);
        relay.setSoTimeout(STILL_MS);
        assertThatIOException().isThrownBy(relay::accept);

        proxy.release();

        assertThat(read(server, 1)).isEqualTo("a");
        assertThat(read(client, 1)).isEqualTo("b");
        relay.setSoTimeout(0);
        try (Socket other = relay.accept()) {
          assertThat(read(other, 1)).isEqualTo("c");
        }
      }
    }
  }

  @Test
  void holdsOneDirection() throws IOException {
    try (RelayProxy proxy = RelayProxy.builder(address(relay)).socketBuffer(4 << 10).start();
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      proxy.hold(Link.Direction.TO_RELAY);
      send(client, "a");
      send(server, "b");

      assertThat(read(client, 1)).isEqualTo("b");
      assertStill(server);
      proxy.release();
      assertThat(read(server, 1)).isEqualTo("a");
    }
  }

  @Test
  void cutsWhatIsHeldAndLeadsNewConnectionsElsewhere() throws IOException {
    try (ServerSocket next = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        RelayProxy proxy = RelayProxy.to(address(relay));
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      proxy.hold();
      send(client, "lost");
      proxy.lead(address(next));
      proxy.cut(Link.Cut.RST);
      assertThatIOException().isThrownBy(() -> client.getInputStream().read());
      assertThatIOException().isThrownBy(() -> server.getInputStream().read());
      proxy.release();

      try (Socket again = connect(proxy);
          Socket other = next.accept()) {
        send(again, "x");
        assertThat(read(other, 1)).isEqualTo("x");
      }
    }
  }

  @Test
  void aCutWithFinIsAnOrderlyEnd() throws IOException {
    try (RelayProxy proxy = RelayProxy.to(address(relay));
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      send(client, "a");
      assertThat(read(server, 1)).isEqualTo("a");
      proxy.cut(Link.Cut.FIN);

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(server.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void refusesOrIgnoresWhoeverComes() throws IOException {
    try (RelayProxy proxy = RelayProxy.to(address(relay))) {
      proxy.door(RelayProxy.Door.REFUSING);
      try (Socket client = connect(proxy)) {
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      proxy.door(RelayProxy.Door.SILENT);
      try (Socket client = connect(proxy)) {
        assertStill(client);
        proxy.cut(Link.Cut.FIN);
        assertThat(client.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(proxy.connections()).isEqualTo(2);
    }
  }

  @Test
  void resetsAClientWhoseRelayIsAway() throws IOException {
    relay.close();
    try (RelayProxy proxy = RelayProxy.to(address(relay));
        Socket client = connect(proxy)) {
      assertThatIOException().isThrownBy(() -> client.getInputStream().read());
    }
  }

  @Test
  void letsAPassageChangeBytesAndTakeFewAtATime() throws IOException {
    Passage upperCase =
        new Passage() {
          @Override
          public int most() {
            return 1;
          }

          @Override
          public void pass(Link link, byte[] bytes, int length) throws IOException {
            assertThat(length).isEqualTo(1);
            byte[] changed =
                new String(bytes, 0, 1, US_ASCII).toUpperCase(Locale.ROOT).getBytes(US_ASCII);
            link.write(changed, 0, 1);
          }
        };
    try (RelayProxy proxy =
            RelayProxy.builder(address(relay))
                .passages(
                    link ->
                        link.direction() == Link.Direction.TO_RELAY ? upperCase : Passage.UNCHANGED)
                .start();
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      send(client, "abc");
      send(server, "abc");

      assertThat(read(server, 3)).isEqualTo("ABC");
      assertThat(read(client, 3)).isEqualTo("abc");
    }
  }

  @Test
  void closeEndsWhatIsThereAndWhoeverComesLater() throws IOException {
    RelayProxy proxy = RelayProxy.to(address(relay));
    try (Socket client = connect(proxy);
        Socket server = relay.accept()) {
      proxy.hold();
      proxy.close();
      proxy.close();

      assertThatIOException().isThrownBy(() -> client.getInputStream().read());
      assertThatIOException().isThrownBy(() -> server.getInputStream().read());
      assertThatIOException().isThrownBy(() -> connectAndRead(proxy));
    }
  }

  @Test
  void aPassageKnowsWhoHasConnectedAndHoldsBackTheEnd() throws Exception {
    BlockingQueue<Integer> ports = new LinkedBlockingQueue<>();
    Semaphore endMayPass = new Semaphore(0);
    Passage passage =
        new Passage() {
          @Override
          public void pass(Link link, byte[] bytes, int length) throws IOException {
            ports.add(link.client().getPort());
            link.write(bytes, 0, length);
          }

          @Override
          public void end(Link link) throws InterruptedException {
            endMayPass.acquire();
          }
        };
    try (RelayProxy proxy = RelayProxy.builder(address(relay)).passages(link -> passage).start();
        Socket client = connect(proxy);
        Socket server = relay.accept()) {
      send(client, "a");
      client.shutdownOutput();

      assertThat(ports.take()).isEqualTo(client.getLocalPort());
      assertThat(read(server, 1)).isEqualTo("a");
      assertStill(server);

      endMayPass.release();

      assertThat(server.getInputStream().read()).isEqualTo(-1);
    }
  }

  /**
   * The system may still complete a connection while a thread leaves accept(), and resets it then.
   */
  private static void connectAndRead(RelayProxy proxy) throws IOException {
    try (Socket late = connect(proxy)) {
      assertThat(late.getInputStream().read()).as("what comes of a closed proxy").isEqualTo(-2);
    }
  }

  @Test
  void refusesABufferWithoutBytes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RelayProxy.builder(address(relay)).socketBuffer(0));
  }
}
