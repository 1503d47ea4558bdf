package io.hydrasync.operator;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that do not send, do not read, do not close: whoever does is answered all the same. */
@Timeout(120)
class HttpConnectionsTest {
  private static final String REQUEST =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nUser-Agent: probe\r\n\r\n";
  private static final int PROBES = 20;

  private final OperatedRelay relay = new OperatedRelay();
  private final OperatorHttp http =
      OperatorHttp.start(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          relay.server.operator(),
          "1.2.3");
  private final List<Socket> held = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket socket : held) {
      socket.close();
    }
    http.close();
    relay.close();
  }

  private Socket open() throws IOException {
    return open("127.0.0.1");
  }

  private Socket open(String from) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(http.address());
    socket.setSoTimeout(30_000);
    return socket;
  }

  private Socket hold(Socket socket, String text) throws IOException {
    held.add(socket);
    socket.getOutputStream().write(text.getBytes(US_ASCII));
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  private String ask(String request) throws IOException {
    try (Socket socket = open()) {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return answer(socket);
    }
  }

  private void assertLive() throws IOException {
    for (int i = 0; i < PROBES; i++) {
      assertThat(ask(REQUEST)).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nlive\n");
    }
  }

  /** Also more of them than there are places, which the oldest give up. */
  @ParameterizedTest
  @ValueSource(ints = {100, HttpConnections.MOST + 50})
  void partsOfRequestsOfEachLength(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      hold(open(), REQUEST.substring(0, i % (REQUEST.length() - 1)));
      if (i % 50 == 0) {
        assertThat(ask(REQUEST)).endsWith("live\n");
      }
    }
    assertLive();
    if (count > HttpConnections.MOST) {
      assertThat(held.get(0).getInputStream().read()).as("the oldest").isEqualTo(-1);
    }
    Socket last = held.get(count - 1);
    int sent = (count - 1) % (REQUEST.length() - 1);
    last.getOutputStream().write(REQUEST.substring(sent).getBytes(US_ASCII));
    assertThat(answer(last)).as("the youngest goes on").endsWith("live\n");
  }

  @Test
  void partsOfRequestsFromManyAddresses() throws IOException {
    for (int i = 0; i < HttpConnections.MOST + 20; i++) {
      hold(open("127.0.0." + (1 + i % 200)), "GET /livez HTTP/1.1\r\nHost: lo");
    }
    assertLive();
  }

  @Test
  void clientsThatSayNothingOrGoOnByOneByte() throws IOException {
    for (int i = 0; i < HttpConnections.MOST; i++) {
      hold(open(), "");
    }
    for (int i = 0; i < 10; i++) {
      for (Socket socket : held.subList(HttpConnections.MOST - 50, HttpConnections.MOST)) {
        try {
          socket.getOutputStream().write(REQUEST.charAt(i));
        } catch (IOException e) {
          // has given up its place
        }
      }
      assertThat(ask(REQUEST)).endsWith("live\n");
    }
  }

  @Test
  void clientsThatDoNotReadOrCloseAfterTheirAnswer() throws IOException {
    for (int i = 0; i < HttpConnections.MOST + 20; i++) {
      Socket socket = new Socket();
      socket.setReceiveBufferSize(1);
      socket.connect(http.address());
      hold(socket, REQUEST.replace("/livez", i % 2 == 0 ? "/metrics" : "/dashboard.js"));
    }
    assertLive();
  }

  @Test
  void connectionsAreNotKeptAlive() throws IOException {
    assertThat(ask(REQUEST + REQUEST))
        .containsOnlyOnce("HTTP/1.1")
        .contains("\r\nConnection: close\r\n");
  }

  @Test
  void headsWithoutEnd() throws IOException {
    String head = "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ";
    assertThat(ask(head + "x".repeat(HttpHead.MAX_BYTES))).startsWith("HTTP/1.1 431 ");
    assertThat(ask("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(ask(head + "x".repeat(HttpHead.MAX_BYTES - head.length() - 4) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    assertLive();
  }

  /** What is not read must not become a reset that destroys the answer. */
  @Test
  void bodiesThatNobodyReads() throws IOException {
    try (Socket socket = open()) {
      socket
          .getOutputStream()
          .write(
              "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
                  .getBytes(US_ASCII));
      InputStream in = socket.getInputStream();
      assertThat(new String(in.readNBytes(12), US_ASCII)).isEqualTo("HTTP/1.1 405");
      socket.getOutputStream().write(new byte[100_000]);
      assertThat(new String(in.readAllBytes(), US_ASCII)).endsWith("only GET\n");
    }
  }

  @Test
  void aRequestByteByByte() throws IOException {
    try (Socket socket = open()) {
      socket.setTcpNoDelay(true);
      for (byte b : REQUEST.getBytes(US_ASCII)) {
        socket.getOutputStream().write(b);
      }
      assertThat(answer(socket)).endsWith("live\n");
    }
  }

  @Test
  void nothingIsLeftOnceItIsClosed() throws IOException {
    Socket socket = hold(open(), "GET");
    assertLive();
    http.close();
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("hydra-http") && thread.isAlive());
  }
}
