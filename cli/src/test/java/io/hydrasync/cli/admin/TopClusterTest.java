package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.operator.AdminRequests;
import io.hydrasync.operator.RelayLifecycle;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryListener;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.DirectoryView;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code hydra top --cluster} at relays of this JVM. */
@Timeout(60)
class TopClusterTest {
  private static final String SECRET = "22".repeat(Credential.LENGTH);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir private Path directory;
  private final ClusterKey key = ClusterKey.of(new byte[ClusterKey.LENGTH]);
  private final List<AutoCloseable> open = new ArrayList<>();
  private final MemoryCluster store = opened(new MemoryCluster());
  private final SessionSecrets session = SessionSecrets.generate();

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  /** Nobody drains or reloads here. */
  private static final class NoLifecycle implements RelayLifecycle {
    @Override
    public Duration drainDelay() {
      return Duration.ZERO;
    }

    @Override
    public Duration drainTimeout() {
      return Duration.ZERO;
    }

    @Override
    public void drain(Duration delay, Duration bound) {
      throw new IllegalArgumentException("not here");
    }

    @Override
    public String reload() {
      throw new IllegalArgumentException("not here");
    }
  }

  private HydraServer relay() {
    Directory node = store.node(NodeId.random(new SecureRandom()));
    return opened(
        HydraServer.builder()
            .address(ANY)
            .keyFile(directory.resolve("relay.key"))
            .credential(Credential.of(HexFormat.of().parseHex(SECRET)), Set.of(Role.ADMIN))
            .admin(new AdminRequests(new NoLifecycle()))
            .cluster(ClusterOptions.of(node, key.linkCredential(), ANY))
            .bind());
  }

  private static Cli top(HydraServer relay, int looks) {
    return Cli.run(
        "top",
        "--cluster",
        "--count",
        Integer.toString(looks),
        "--interval",
        "300ms",
        "--relay",
        RelayAddress.of(relay.address()).toString(),
        "--relay-key",
        relay.relayKey().toString(),
        "--credential",
        SECRET);
  }

  private static List<String> awaitTop(HydraServer relay, String pattern) {
    Cli seen = top(relay, 1);
    while (seen.code() == 0 && !seen.out().matches("(?s).*" + pattern + ".*")) {
      seen = top(relay, 1); // until the time of the test is over
    }
    assertThat(seen.err()).isEmpty();
    return seen.out().lines().toList();
  }

  private static String name(HydraServer relay) {
    return relay.operator().cluster(Duration.ZERO).orElseThrow().self().toString().substring(0, 8);
  }

  @Test
  void showsAllNodesWhicheverIsAsked() {
    HydraServer a = relay();
    HydraServer b = relay();
    HydraServer c = relay();
    HydraProducer producer = HydraProducer.connect(a.address(), session);
    opened(producer::abort);
    for (HydraServer each : List.of(a, b, b, c)) {
      opened(HydraConsumer.connect(each.address(), session));
    }

    List<String> lines =
        awaitTop(b, session.id().logName() + " live [^\n]* 4 " + name(a) + " +2 [^\n]*\n");

    assertThat(lines.get(0))
        .startsWith("hydra top  cluster of 3 nodes  1 session  1 producer  4 c");
    for (HydraServer each : List.of(a, b, c)) {
      assertThat(lines)
          .anyMatch(
              line ->
                  line.startsWith(name(each) + "  running   " + RelayAddress.of(each.address())));
    }
    assertThat(lines.stream().filter(line -> line.startsWith(session.id().logName()))).hasSize(1);
  }

  /** Somebody who never says a word has come into the directory. */
  @Test
  void aSilentNodeHoldsNothingUp() throws Exception {
    HydraServer a = relay();
    ServerSocket silent = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    RelayAddress where = new RelayAddress("127.0.0.1", silent.getLocalPort());
    NodeId id = NodeId.random(new SecureRandom());
    Directory directoryOfIt = opened(store.node(id));
    directoryOfIt.publish(
        new NodeEntry(
            where,
            Optional.of(where),
            "1",
            1 << 20,
            false,
            0,
            SecretHash.of(a.relayKey().toBytes())));
    directoryOfIt.start(new Deaf());
    awaitTop(a, "cluster of 2 nodes");

    long began = System.nanoTime();
    Cli seen = top(a, 3);
    Duration took = Duration.ofNanos(System.nanoTime() - began);

    assertThat(seen.code()).as(seen.err()).isZero();
    assertThat(seen.out().lines())
        .anyMatch(line -> line.startsWith(id.toString().substring(0, 8) + "  NO ANSWER " + where))
        .filteredOn(line -> line.startsWith(name(a) + "  running"))
        .hasSize(3);
    assertThat(took).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void aRelayAloneHasNoCluster() {
    try (HydraServer alone =
        HydraServer.builder()
            .credential(Credential.of(HexFormat.of().parseHex(SECRET)), Set.of(Role.ADMIN))
            .admin(new AdminRequests(new NoLifecycle()))
            .bind()) {
      Cli seen = top(alone, 1);

      assertThat(seen.code()).isEqualTo(1);
      assertThat(seen.err()).contains("no node of a cluster");
    }
  }

  /** Does not listen. */
  private static final class Deaf implements DirectoryListener {
    @Override
    public void snapshot(DirectoryView view) {}

    @Override
    public void nodePut(NodeId id, NodeEntry entry) {}

    @Override
    public void nodeGone(NodeId id) {}

    @Override
    public void sessionPut(SessionHash hash, Versioned<SessionEntry> entry) {}

    @Override
    public void sessionGone(SessionHash hash, long revision) {}

    @Override
    public void leaseLost() {}

    @Override
    public void leaseHeld() {}

    @Override
    public void state(DirectoryState now) {}
  }
}
