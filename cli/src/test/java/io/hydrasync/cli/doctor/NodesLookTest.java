package io.hydrasync.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.cluster.EtcdNode;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.LocalDirectory;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NodesLookTest {
  private static final NodeId ID = new NodeId(0x1011_1213_1415_1617L, 2);
  private static final NodeId OTHER = new NodeId(0x2021_2223_2425_2627L, 2);
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir private Path directory;
  private HydraServer relay;

  @BeforeEach
  void start() {
    relay =
        HydraServer.builder()
            .address(ANY)
            .keyFile(directory.resolve("relay.key"))
            .cluster(
                ClusterOptions.of(
                    new LocalDirectory(ID), Credential.generate(new SecureRandom()), ANY))
            .bind();
  }

  @AfterEach
  void close() {
    relay.close();
  }

  private RelayAddress clients() {
    return RelayAddress.of(relay.address());
  }

  private RelayAddress links() {
    return RelayAddress.of(relay.linkAddress().orElseThrow());
  }

  private NodeEntry entry(RelayAddress link, Optional<RelayAddress> client, String version) {
    return new NodeEntry(
        link, client, version, 1, false, 0, SecretHash.of(relay.relayKey().toBytes()));
  }

  private static List<Finding> look(EtcdNode... nodes) throws InterruptedException {
    return new NodesLook(LONG, Optional.empty(), Optional.empty(), true).findings(List.of(nodes));
  }

  private static EtcdNode node(NodeEntry entry) {
    return new EtcdNode(ID, Optional.of(entry), true);
  }

  @Test
  void findsANodeThatIsWell() throws Exception {
    List<Finding> found = look(node(entry(links(), Optional.of(clients()), "1.2.3")));

    assertThat(found).extracting(Finding::level).containsOnly(Finding.Level.OK).hasSize(2);
    assertThat(found.get(0).detail()).isEqualTo("10111213: links at " + links() + " answer");
    assertThat(found.get(1).detail())
        .startsWith("10111213: clients at " + clients() + " are answered in ")
        .endsWith(", 1.2.3");
  }

  @Test
  void saysWhatToDoWhereNobodyListens() throws Exception {
    RelayAddress nowhere;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nowhere = new RelayAddress("127.0.0.1", closed.getLocalPort());
    }

    List<Finding> found = look(node(entry(nowhere, Optional.of(nowhere), "1")));

    assertThat(found)
        .extracting(Finding::level)
        .containsExactly(Finding.Level.WARN, Finding.Level.FAIL);
    assertThat(found.get(0).detail()).contains("cannot be reached", "--cluster-advertise");
    assertThat(found.get(1).detail()).contains("get nowhere", "refused", "--advertise");
  }

  @Test
  void findsAddressesThatAreMixedUp() throws Exception {
    List<Finding> found = look(node(entry(clients(), Optional.of(links()), "1")));

    assertThat(found.get(0).level()).isEqualTo(Finding.Level.WARN);
    assertThat(found.get(0).detail()).contains("no port for links");
  }

  @Test
  void findsARelayOfAnotherKeyBehindAnAddress() throws Exception {
    NodeEntry strange =
        new NodeEntry(
            links(), Optional.of(clients()), "1", 1, false, 0, SecretHash.of(new byte[] {1}));

    assertThat(look(node(strange)))
        .anySatisfy(
            finding -> {
              assertThat(finding.level()).isEqualTo(Finding.Level.FAIL);
              assertThat(finding.detail()).contains("another key", relay.relayKey().toString());
            });
  }

  @Test
  void findsWhatOneEntryTells() throws Exception {
    EtcdNode unreadable = new EtcdNode(ID, Optional.empty(), false);
    EtcdNode stranger =
        new EtcdNode(
            ID, Optional.of(entry(links(), Optional.empty(), "1").withDraining(true)), false);

    assertThat(look(unreadable))
        .singleElement()
        .extracting(Finding::level)
        .isEqualTo(Finding.Level.FAIL);
    assertThat(look(stranger))
        .extracting(Finding::level)
        .containsExactly(
            Finding.Level.FAIL, Finding.Level.NOTE, Finding.Level.OK, Finding.Level.WARN);
    assertThat(look(stranger).get(0).detail()).contains("--cluster-key-file");
    assertThat(look(stranger).get(3).detail()).contains("--advertise");
    assertThat(look()).singleElement().extracting(Finding::level).isEqualTo(Finding.Level.WARN);
  }

  @Test
  void comparesKeysAndVersions() {
    NodeEntry one = entry(links(), Optional.empty(), "1.0");
    NodeEntry other =
        new NodeEntry(links(), Optional.empty(), "1.1", 1, false, 0, SecretHash.of(new byte[] {1}));

    List<Finding> found =
        NodesLook.together(List.of(node(one), new EtcdNode(OTHER, Optional.of(other), true)));

    assertThat(found)
        .extracting(Finding::level)
        .containsExactly(Finding.Level.FAIL, Finding.Level.WARN);
    assertThat(found.get(0).detail()).contains("10111213", "20212223", "--key-file");
    assertThat(found.get(1).detail()).contains("{1.0=[10111213], 1.1=[20212223]}");
    assertThat(NodesLook.together(List.of(node(one), node(one)))).isEmpty();
  }

  @Test
  void tellsWhatANodeSees() {
    String well =
        "{\"directory\":{\"reachable\":true,\"writable\":true,\"problem\":\"\"},"
            + "\"leaseHeld\":true,\"nodeCount\":3}";
    JsonObject cluster = JsonParser.parseString(well).getAsJsonObject();
    JsonObject wrong =
        JsonParser.parseString(
                well.replace("\"writable\":true", "\"writable\":false")
                    .replace("\"leaseHeld\":true", "\"leaseHeld\":false"))
            .getAsJsonObject();

    assertThat(NodesLook.seenBy("x", cluster, 3))
        .containsExactly(
            Finding.ok("node", "x: it sees 3 nodes, has its lease, and etcd is well to it"));
    assertThat(NodesLook.seenBy("x", wrong, 2))
        .extracting(Finding::level)
        .containsExactly(Finding.Level.FAIL, Finding.Level.WARN, Finding.Level.WARN);
  }
}
