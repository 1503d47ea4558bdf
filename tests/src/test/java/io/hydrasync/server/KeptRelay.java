package io.hydrasync.server;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.internal.services.RelayServices;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

/**
 * A relay in a process of its own, which says on request what it keeps and what that takes. Runs
 * until its standard input ends.
 */
public final class KeptRelay {
  private KeptRelay() {}

  /**
   * Runs the relay.
   *
   * @param args how many may have joined, and may be there without, how many sessions, consumers of
   *     each, bytes of the budget for logs
   * @throws IOException if nobody is there any more
   */
  public static void main(String[] args) throws IOException {
    AdmissionLimits limits =
        AdmissionLimits.DEFAULT
            .withMaxConnections(number(args, 0))
            .withConnectionsPerAddress(1)
            .withMaxJoining(number(args, 1))
            .withJoining(1, 1, 1)
            .withSessions(number(args, 2), 1)
            .withConsumersPerSession(number(args, 3))
            .withHandshakes(1, 1);
    try (HydraServer relay =
        HydraServer.builder()
            .admission(limits)
            .memoryBudget(number(args, 4))
            .maxFrame(1 << 17)
            .handshakeTimeout(Duration.ofMinutes(5))
            .linger(Duration.ZERO)
            .credential(Credential.of(new byte[Credential.LENGTH]), Set.of(Role.ADMIN))
            .admin((operator, request) -> "{\"ok\":true}".getBytes(StandardCharsets.UTF_8))
            .fatalErrorHandler(error -> Runtime.getRuntime().halt(70))
            .bind()) {
      System.out.println("ready");
      BufferedReader requests =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        System.out.println(line.equals("port") ? relay.address().getPort() : state(relay, line));
      }
    }
  }

  private static int number(String[] args, int index) {
    return Integer.parseInt(args[index]);
  }

  /** What is kept; with {@code gc} after a collection of the heap. */
  private static String state(HydraServer server, String request) {
    if (request.equals("gc")) {
      System.gc();
    }
    RelayServices services = server.relay().services();
    RelayStatus status = server.operator().status();
    return String.join(
        " ",
        "heap=" + ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        "direct=" + direct(),
        "log=" + services.budget().used(),
        "unfinished=" + services.unfinished().used(),
        "unfinishedLimit=" + services.unfinished().limit(),
        "copies=" + services.copies().used(),
        "copiesLimit=" + services.copies().limit(),
        "connections=" + server.connections(),
        "sessions=" + server.sessions(),
        "limit=" + status.rejected().getOrDefault("limit", 0L),
        "joiningRefused=" + status.rejected().getOrDefault("joining_connections", 0L));
  }

  private static long direct() {
    long pools =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return Math.max(PlatformDependent.usedDirectMemory(), pools); // one counts the other's, too
  }
}
