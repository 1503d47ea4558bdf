package io.hydrasync.tests.costs;

import io.hydrasync.operator.AdminRequests;
import io.hydrasync.operator.OperatorHttp;
import io.hydrasync.operator.RelayLifecycle;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.LoopProbe;
import io.hydrasync.tests.peer.CostClient;
import io.hydrasync.tests.support.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;

/**
 * The relay whose costs are measured, in a process of its own, with one event loop. It answers
 * requests on its input, a line each; see {@link CostProbe}.
 */
public final class CostRelay {
  private static final Duration LONG = Duration.ofMinutes(10);

  private final HydraServer relay;
  private final LoopProbe probe;
  private long idleNanos;

  private CostRelay(HydraServer relay) {
    this.relay = relay;
    probe = new LoopProbe(relay);
  }

  /**
   * Runs until its input ends.
   *
   * @param args the admin's credential
   * @throws Exception if anything fails
   */
  public static void main(String[] args) throws Exception {
    try (HydraServer relay = bind(Credential.of(HexFormat.of().parseHex(args[0])));
        OperatorHttp http = OperatorHttp.start(loopback(), relay.operator(), "costs");
        CostClient ownSession = CostClient.producer(relay.address(), CostClient.plainSession())) {
      System.out.println(ChildJvm.READY);
      new CostRelay(relay).answerAll(http.address().getPort());
    }
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static HydraServer bind(Credential admin) {
    return HydraServer.builder()
        .eventLoopThreads(1)
        .linger(Duration.ofMillis(1))
        .idleTimeout(LONG)
        .stallTimeout(LONG)
        .credential(admin, Set.of(Role.ADMIN))
        .admin(
            new AdminRequests(
                new RelayLifecycle() {
                  @Override
                  public Duration drainDelay() {
                    return Duration.ofSeconds(1);
                  }

                  @Override
                  public Duration drainTimeout() {
                    return Duration.ofSeconds(2);
                  }

                  @Override
                  public void drain(Duration delay, Duration bound) {
                    // not measured: it ends the relay
                  }

                  @Override
                  public String reload() {
                    return "nothing";
                  }
                }))
        .bind();
  }

  private void answerAll(int httpPort) throws Exception {
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      String[] words = line.split(" ");
      System.out.println(
          words[0].equals("ports")
              ? relay.address().getPort() + " " + httpPort
              : answer(words[0], words.length > 1 ? Long.parseLong(words[1]) : 0));
    }
  }

  private String answer(String what, long number) throws Exception {
    return switch (what) {
      case "received" -> {
        await(() -> relay.operator().status().receivedBytes() >= number);
        yield probe.processorNanos() + " " + relay.operator().status().receivedBytes();
      }
      case "connections" -> {
        await(() -> relay.connections() <= number);
        yield probe.processorNanos() + " " + relay.operator().status().receivedBytes();
      }
      case "count" -> String.valueOf(relay.connections());
      case "open" -> String.valueOf(OpeningCost.nanos((int) number));
      case "watch" -> {
        probe.watch();
        idleNanos = probe.idleNanos();
        yield "ok";
      }
      case "rounds" -> {
        LoopProbe.Rounds rounds = probe.stop(idleNanos);
        yield rounds.count() + " " + rounds.p99() + " " + rounds.max();
      }
      default -> throw new IOException("no request " + what);
    };
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) throws InterruptedException {
    while (!condition.holds()) {
      Thread.sleep(0, 200_000);
    }
  }
}
