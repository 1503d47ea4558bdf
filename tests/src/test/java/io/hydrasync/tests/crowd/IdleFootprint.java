package io.hydrasync.tests.crowd;

import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.RawClient;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What idle sessions and idle consumers cost a relay: started by {@code tests/bin/idle-footprint}.
 * The relay runs in a process of its own, which says on request what it uses.
 */
public final class IdleFootprint {
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
            .maxJoining(1_000_000)
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

  /**
   * Direct buffers: those that Netty counts, and those that the JVM knows of. Which of Netty's are
   * known to the JVM depends on how Netty gets them there, so none is counted twice.
   */
  public static long direct() {
    long netty = Math.max(0, PlatformDependent.usedDirectMemory());
    long jvm = 0;
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      jvm += pool.getMemoryUsed();
    }
    return jvm >= netty ? jvm : netty + jvm;
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
      RawClient client = new RawClient(port, 0);
      List<SocketChannel> sockets = new ArrayList<>();
      sockets.add(join(client, 0, Role.CONSUMER, 0)); // so that everything is loaded
      long before = ask(process, answers);
      for (int i = 1; i <= count; i++) {
        sockets.add(join(client, i, Role.PRODUCER, i));
      }
      long sessions = ask(process, answers);
      for (SocketChannel socket : sockets.subList(2, sockets.size())) {
        socket.close(); // the first session stays
      }
      long between = ask(process, answers);
      while (lastSessions > 2) {
        between = ask(process, answers);
      }
      for (int i = 1; i <= count; i++) {
        sockets.add(join(client, i, Role.CONSUMER, 1));
      }
      long consumers = ask(process, answers);
      System.out.printf(
          "%d idle sessions with their producers: %.1f KiB each (heap + direct)%n"
              + "%d idle consumers of one session: %.1f KiB each%n",
          count,
          (sessions - before) / 1024.0 / count,
          count,
          (consumers - between) / 1024.0 / count);
      for (SocketChannel socket : sockets) {
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

  private static SocketChannel join(RawClient client, int number, Role role, int session)
      throws Exception {
    return client.join(number, role, id(session), JoinMessage.START_OLDEST);
  }

  private static byte[] id(int number) {
    return ByteBuffer.allocate(64).putInt(number).putInt(60, ~number).array();
  }
}
