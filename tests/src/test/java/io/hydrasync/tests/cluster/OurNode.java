package io.hydrasync.tests.cluster;

import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.function.UnaryOperator;

/** A node of ours, in this process, with a directory in memory. */
final class OurNode implements ClusterNode {
  private final HydraServer relay;

  private OurNode(HydraServer relay) {
    this.relay = relay;
  }

  static OurNode start(
      MemoryCluster store,
      Path relayKey,
      ClusterKey clusterKey,
      UnaryOperator<HydraServer.Builder> more) {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ClusterOptions options =
        ClusterOptions.of(
            store.node(NodeId.random(new SecureRandom())), clusterKey.linkCredential(), any);
    return new OurNode(
        more.apply(HydraServer.builder().address(any).keyFile(relayKey).cluster(options)).bind());
  }

  @Override
  public InetSocketAddress clients() {
    return relay.address();
  }

  @Override
  public InetSocketAddress links() {
    return relay.linkAddress().orElseThrow();
  }

  @Override
  public RelayKey key() {
    return relay.relayKey();
  }

  @Override
  public void close() {
    relay.close();
  }
}
