package io.hydrasync.tests.cluster;

import io.hydrasync.protocol.RelayKey;
import io.hydrasync.tests.peer.HydraPeer;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The peer in another language as a node. Instead of a directory, it is told who owns what. */
final class PeerNode implements ClusterNode {
  private static final String ANY_PORT = "127.0.0.1:0";

  private final PeerProcess process;
  private final InetSocketAddress clients;
  private final RelayKey key;
  private final InetSocketAddress links;

  private PeerNode(PeerProcess process) throws Exception {
    this.process = process;
    // "listening HOST:PORT key B64 links HOST:PORT"
    String[] words = process.awaitAfter("listening ").split(" ");
    clients = address(words[0]);
    key = RelayKey.parse(words[2]);
    links = address(words[4]);
  }

  /** Starts one that owns what its producers bring. */
  static PeerNode start(String relayKey, String clusterKey, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("relay", "--listen", ANY_PORT, "--link-listen", ANY_PORT, "--key", relayKey));
    command.addAll(List.of("--cluster-key", clusterKey));
    command.addAll(List.of(more));
    return new PeerNode(PythonPeer.startWithErrors("hydra_peer.py", command));
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    return new InetSocketAddress(
        text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  @Override
  public InetSocketAddress clients() {
    return clients;
  }

  @Override
  public InetSocketAddress links() {
    return links;
  }

  @Override
  public RelayKey key() {
    return key;
  }

  /** From now on, what this node owns, and all that it does not know, belongs to another one. */
  void follow(ClusterNode owner) throws Exception {
    follow(HydraPeer.hostPort(owner.links()));
  }

  /** The same, where the owner is no node that a test has. */
  void follow(String links) throws Exception {
    process.tell("owner " + links);
    process.awaitAfter("\"owner\"");
  }

  /** As {@link #follow}, without waiting; from any thread. */
  void hear(String links) {
    try {
      process.tell("owner " + links);
    } catch (IOException e) {
      // it has ended
    }
  }

  /** Its clients are told where they reach it and others. */
  void tellPeers(ClusterNode... others) throws IOException {
    process.tell(
        "peers "
            + Stream.concat(Stream.of(this), Stream.of(others))
                .map(node -> HydraPeer.hostPort(node.clients()))
                .collect(Collectors.joining(" ")));
  }

  /** Waits until it says something of itself; what follows that in its line. */
  String awaitAfter(String wanted) throws InterruptedException {
    return process.awaitAfter(wanted);
  }

  /** Stops it, or lets it go on, as a machine that stands still. */
  void signal(String name) throws Exception {
    process.signal(name);
  }

  @Override
  public void close() throws Exception {
    process.kill();
  }
}
