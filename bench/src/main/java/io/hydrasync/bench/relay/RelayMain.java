package io.hydrasync.bench.relay;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * A relay in a process of its own, with the defaults but for the limits that a benchmark would run
 * into. Prints its port; to each line it answers with the heap and direct bytes that it uses after
 * a collection, its connections and its sessions.
 */
public final class RelayMain {
  private static final int MANY = 100_000;

  private RelayMain() {}

  /**
   * Runs until standard input ends.
   *
   * @param args transport, overflow policy
   * @throws IOException if it cannot listen
   */
  public static void main(String[] args) throws IOException {
    HydraServer.Builder builder =
        HydraServer.builder()
            .address(new InetSocketAddress("0.0.0.0", 0))
            .admission(
                AdmissionLimits.DEFAULT
                    .withMaxConnections(MANY)
                    .withConnectionsPerAddress(MANY)
                    .withMaxJoining(MANY)
                    .withJoining(MANY, MANY, MANY)
                    .withSessions(MANY, MANY)
                    .withConsumersPerSession(MANY))
            .idleTimeout(Duration.ofMinutes(30))
            .linger(Duration.ofSeconds(1))
            .transport(Transport.valueOf(args[0].toUpperCase(Locale.ROOT)));
    if (args[1].equals("spill")) {
      // small, so that a consumer that does not read is spilled at once
      builder
          .overflow(Overflow.SPILL)
          .capacity(8 << 20)
          .retention(1 << 20)
          .maxFrame(1 << 20)
          .spillQuota(4L << 30);
    }
    try (HydraServer relay = builder.bind()) {
      BufferedReader requests =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
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
}
