package io.hydrasync.tests.cluster;

import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.testing.RelayProxy;
import io.hydrasync.tests.support.Await;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Relays of one cluster in this JVM, around a directory in memory. */
final class TestCluster implements AutoCloseable {
  static final Duration ENOUGH = Duration.ofSeconds(5);

  private final MemoryCluster store = new MemoryCluster();
  private final ClusterKey key = ClusterKey.of(new byte[ClusterKey.LENGTH]);
  private final Path keyFile;
  private final List<Node> nodes = new ArrayList<>();

  /**
   * A node.
   *
   * @param id its id
   * @param relay its relay
   */
  record Node(NodeId id, HydraServer relay) {
    RelayAddress where() {
      return RelayAddress.of(relay.address());
    }

    ClusterStatus status() {
      return relay.operator().cluster(ENOUGH).orElseThrow();
    }

    /** What it is to the only session that it has. */
    ClusterStatus.Seat seat() {
      List<ClusterStatus.SessionSeat> here = status().here();
      return here.isEmpty() ? ClusterStatus.Seat.NONE : here.get(0).seat();
    }
  }

  TestCluster(Path directory) {
    keyFile = directory.resolve("relay.key");
  }

  MemoryCluster store() {
    return store;
  }

  /** Starts a node, and waits until all know of each other. */
  Node start(UnaryOperator<HydraServer.Builder> options) throws InterruptedException {
    return start(options, membership -> membership);
  }

  /** Starts one to which other nodes come by way of a proxy. */
  Node startBehind(RelayProxy proxy, UnaryOperator<HydraServer.Builder> options)
      throws InterruptedException {
    Node node =
        start(
            options, membership -> membership.withAdvertiseLink(RelayAddress.of(proxy.address())));
    proxy.lead(node.relay.linkAddress().orElseThrow());
    return node;
  }

  private Node start(
      UnaryOperator<HydraServer.Builder> options, UnaryOperator<ClusterOptions> memberships)
      throws InterruptedException {
    NodeId id = NodeId.random(new SecureRandom());
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ClusterOptions membership = ClusterOptions.of(store.node(id), key.linkCredential(), any);
    HydraServer relay =
        options
            .apply(
                HydraServer.builder()
                    .address(any)
                    .keyFile(keyFile)
                    .cluster(memberships.apply(membership)))
            .bind();
    Node node = new Node(id, relay);
    nodes.add(node);
    Await.until(
        "all nodes know each other",
        () -> nodes.stream().allMatch(each -> each.status().nodes().size() == nodes.size()));
    return node;
  }

  /** A node that does what a test says; there is another one, whose relay key it shows. */
  ScriptedOwner scriptedOwner() throws Exception {
    return new ScriptedOwner(
        store.node(NodeId.random(new SecureRandom())), keyFile, nodes.get(0).relay.relayKey());
  }

  Node start() throws InterruptedException {
    return start(options -> options);
  }

  /** Ends a node as an operator would, at once. */
  void stop(Node node) {
    nodes.remove(node);
    node.relay.close();
  }

  /** Ends a node in order. */
  CompletableFuture<Boolean> drain(Node node, Duration bound) {
    nodes.remove(node);
    return node.relay.drain(Duration.ZERO, bound);
  }

  @Override
  public void close() {
    nodes.forEach(node -> node.relay.close());
    store.close();
  }
}
