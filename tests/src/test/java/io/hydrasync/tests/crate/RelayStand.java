package io.hydrasync.tests.crate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Fixture;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives relays to other processes: a connection that says {@code relay SETTINGS} is answered by the
 * address of a fresh relay, which lives as long as the connection. {@code shutdown} ends the relay,
 * and then the connection, once the relay's clients are gone. A connection that says {@code
 * connections PORT} is told how many the relay at that port has. What {@code src/crate/in_place.rs}
 * calls. For any thread.
 */
final class RelayStand implements AutoCloseable {
  private static final String CONNECTIONS = "connections ";
  private static final Duration SHUTDOWN = Duration.ofMinutes(1);

  private final Map<Integer, HydraServer> relays = new ConcurrentHashMap<>();
  private final ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());

  RelayStand() throws IOException {
    Fixture.async(this::accept);
  }

  String address() {
    return "127.0.0.1:" + socket.getLocalPort();
  }

  private @Nullable Void accept() throws IOException {
    while (!socket.isClosed()) {
      Socket connection = socket.accept();
      Fixture.async(() -> serve(connection));
    }
    return null;
  }

  private @Nullable Void serve(Socket connection) throws Exception {
    try (connection;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII))) {
      String asked = lines.readLine();
      if (asked != null) {
        OutputStream out = connection.getOutputStream();
        if (asked.startsWith(CONNECTIONS)) {
          HydraServer relay = relays.get(Integer.parseInt(asked.substring(CONNECTIONS.length())));
          say(out, "" + (relay == null ? 0 : relay.connections()));
        } else {
          lend(relay(asked), lines, out);
        }
      }
    }
    return null;
  }

  private void lend(HydraServer.Builder builder, BufferedReader lines, OutputStream out)
      throws Exception {
    try (HydraServer relay = builder.bind()) {
      int port = relay.address().getPort();
      relays.put(port, relay);
      say(out, "127.0.0.1:" + port);
      if (lines.readLine() != null) {
        relay.drain(Duration.ZERO, SHUTDOWN).get();
      }
      relays.remove(port);
    }
  }

  private static void say(OutputStream out, String line) throws IOException {
    out.write((line + "\n").getBytes(US_ASCII));
  }

  /** A relay as a line asks for it; what it does not name is as users get it. */
  private static HydraServer.Builder relay(String asked) {
    HydraServer.Builder relay = relay(0);
    for (String setting : asked.strip().split(" +")) {
      int at = setting.indexOf('=') + 1;
      String value = setting.substring(at);
      switch (setting.substring(0, at)) {
        case "packet=" -> relay.classicPacket(Integer.parseInt(value));
        case "overflow=" -> relay.overflow(Overflow.valueOf(value.toUpperCase(Locale.ROOT)));
        case "retention=" -> relay.retention(Long.parseLong(value));
        case "observer=" -> observed(relay, HexFormat.of().parseHex(value));
        default -> {
          if (!setting.equals("relay")) {
            throw new IllegalArgumentException(setting);
          }
        }
      }
    }
    return relay;
  }

  /**
   * A relay at any port.
   *
   * @param packet how long the later wire's packets are; 0 for the default
   */
  static HydraServer.Builder relay(int packet) {
    HydraServer.Builder relay =
        HydraServer.builder().address(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return packet == 0 ? relay : relay.classicPacket(packet);
  }

  static HydraServer.Builder observed(HydraServer.Builder relay, byte[] token) {
    return relay.classicObserver(token);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
