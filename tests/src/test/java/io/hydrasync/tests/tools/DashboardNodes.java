package io.hydrasync.tests.tools;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.operator.OperatorHttp;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.server.cluster.NodeId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** Two nodes of a cluster of this JVM, each with its dashboard, and a session at both. */
final class DashboardNodes implements AutoCloseable {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** The addresses of the pages. */
  final List<String> pages = new ArrayList<>();

  final List<NodeId> ids = new ArrayList<>();
  final SessionSecrets session = SessionSecrets.generate();
  private final MemoryCluster store = new MemoryCluster();
  private final List<AutoCloseable> open = new ArrayList<>(List.of(store));

  DashboardNodes(Path directory) {
    ClusterKey key = ClusterKey.of(new byte[ClusterKey.LENGTH]);
    List<HydraServer> relays = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      NodeId id = NodeId.random(new SecureRandom());
      HydraServer relay =
          HydraServer.builder()
              .address(ANY)
              .keyFile(directory.resolve("relay.key"))
              .cluster(ClusterOptions.of(store.node(id), key.linkCredential(), ANY))
              .bind();
      open.add(0, relay);
      OperatorHttp http = OperatorHttp.start(ANY, relay.operator(), "1.2.3");
      open.add(0, http);
      String page = "http://127.0.0.1:" + http.address().getPort() + "/";
      relay.operator().advertiseHttp(URI.create(page));
      relays.add(relay);
      pages.add(page);
      ids.add(id);
    }
    HydraProducer producer = HydraProducer.connect(relays.get(0).address(), session);
    open.add(0, producer::abort);
    HydraConsumer consumer = HydraConsumer.connect(relays.get(1).address(), session);
    open.add(0, consumer);
  }

  /** No other node hears anything of the directory. */
  void cutOff(int node) {
    store.connected(ids.get(node), false);
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }
}
