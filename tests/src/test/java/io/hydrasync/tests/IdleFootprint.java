package io.hydrasync.tests;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.crypto.X25519;
import io.hydrasync.protocol.noise.Handshake;
import io.hydrasync.protocol.wire.Control;
import io.hydrasync.protocol.wire.Magic;
import io.hydrasync.protocol.wire.SealedWriter;
import io.hydrasync.server.HydraServer;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What idle sessions and idle consumers cost a relay: started by {@code tests/bin/idle-footprint}.
 * The relay runs in a process of its own, which says on request what it uses.
 */
public final class IdleFootprint {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int LOOPBACKS = 4;

  private static int lastSessions;

  private IdleFootprint() {}

  /**
   * Runs the relay or the clients.
   *
   * @param args {@code relay}, or {@code clients HOW_MANY}
   * @throws Exception if anything fails
   */
  public static void main(String[] args) throws Exception {
    if (args[0].equals("relay")) {
      relay();
    } else {
      clients(Integer.parseInt(args[1]));
    }
  }

  private static void relay() throws IOException {
    try (HydraServer relay =
        HydraServer.builder()
            .maxConnections(1_000_000)
            .idleTimeout(Duration.ofMinutes(30))
            .linger(Duration.ofMillis(10))
            .address(new InetSocketAddress("0.0.0.0", 0))
            .bind()) {
      BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
      System.out.println(relay.address().getPort());
      while (requests.readLine() != null) {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        System.out.println(
            heap + " " + direct() + " " + relay.connections() + " " + relay.sessions());
      }
    }
  }

  /** Direct buffers that the JVM knows of, and those that Netty counts. */
  private static long direct() {
    long sum = Math.max(0, PlatformDependent.usedDirectMemory());
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      sum += pool.getMemoryUsed();
    }
    return sum;
  }

  private static void clients(int count) throws Exception {
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                IdleFootprint.class.getName(),
                "relay")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader answers =
        new BufferedReader(new InputStreamReader(process.getInputStream()))) {
      int port = Integer.parseInt(answers.readLine());
      List<Socket> sockets = new ArrayList<>();
      connect(port, Role.CONSUMER, id(0), sockets, 0); // so that everything is loaded
      long before = ask(process, answers);
      for (int i = 1; i <= count; i++) {
        connect(port, Role.PRODUCER, id(i), sockets, i);
      }
      long sessions = ask(process, answers);
      for (Socket socket : sockets.subList(2, sockets.size())) {
        socket.close(); // the first session stays
      }
      long between = ask(process, answers);
      while (lastSessions > 2) {
        between = ask(process, answers);
      }
      for (int i = 1; i <= count; i++) {
        connect(port, Role.CONSUMER, id(1), sockets, i);
      }
      long consumers = ask(process, answers);
      System.out.printf(
          "%d idle sessions with their producers: %.1f KiB each (heap + direct)%n"
              + "%d idle consumers of one session: %.1f KiB each%n",
          count,
          (sessions - before) / 1024.0 / count,
          count,
          (consumers - between) / 1024.0 / count);
      for (Socket socket : sockets) {
        socket.close();
      }
    } finally {
      process.destroy();
    }
  }

  private static long ask(Process process, BufferedReader answers) throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    String answer = answers.readLine();
    String[] parts = answer.split(" ");
    lastSessions = Integer.parseInt(parts[3]);
    System.out.printf(
        "relay: %,d bytes heap, %,d bytes direct, %s connections, %s sessions%n",
        Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2], parts[3]);
    return Long.parseLong(parts[0]) + Long.parseLong(parts[1]);
  }

  private static byte[] id(int number) {
    return ByteBuffer.allocate(64).putInt(number).putInt(60, ~number).array();
  }

  private static void connect(int port, Role role, byte[] sid, List<Socket> sockets, int number)
      throws Exception {
    byte[] host = {127, 0, 0, (byte) (1 + number % LOOPBACKS)}; // more ports than one address has
    Socket socket = new Socket(InetAddress.getByAddress(host), port);
    sockets.add(socket);
    Handshake.Initiator initiator =
        new Handshake.Initiator(Magic.bytes(), X25519.newPrivateKey(RANDOM));
    socket.getOutputStream().write(Magic.bytes());
    socket.getOutputStream().write(initiator.writeMessage1(new byte[0]));
    byte[] message2 = socket.getInputStream().readNBytes(Handshake.MESSAGE_2_LENGTH);
    SealedWriter writer = new SealedWriter(initiator.readMessage2(message2).result().sender());
    Control.Join join =
        new Control.Join(
            role.wireCode(),
            Control.FLAG_WAIT,
            Control.START_OLDEST,
            0,
            sid,
            0,
            0,
            new byte[16],
            new byte[64],
            new byte[8],
            new byte[32]);
    socket.getOutputStream().write(writer.seal(join));
    if (socket.getInputStream().read() < 0) {
      throw new IOException("the relay refused connection " + number);
    }
  }
}
