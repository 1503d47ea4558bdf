package io.hydrasync.tests.nodes;

import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.EtcdDirectory;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.ClusterOptions;
import io.hydrasync.tests.crowd.IdleFootprint;
import io.hydrasync.tests.support.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A relay in a process of its own that says what it uses, alone or as a node of a cluster: the
 * process, and the handle on it. It waits long for clients that never answer. For one thread.
 */
final class BigNode implements AutoCloseable {
  private static final List<String> JVM_OPTIONS = List.of("-Xmx1g", "-XX:+UseSerialGC");
  private static final int MANY = 1_000_000;
  private static final Duration NO_PINGS = Duration.ofHours(1);

  private final ChildJvm process;
  private final int port;
  private final RelayKey key;

  /**
   * What it uses.
   *
   * @param heap bytes after a collection
   * @param direct bytes of buffers
   * @param sessions in the directory, as it sees it
   */
  record Use(long heap, long direct, long sessions) {
    double bytes() {
      return (double) heap + direct;
    }
  }

  private BigNode(ChildJvm process) throws IOException {
    this.process = process;
    port = Integer.parseInt(process.ask("port"));
    key = RelayKey.parse(process.ask("key"));
  }

  /** Starts one that is alone. */
  static BigNode alone(Path relayKey) throws IOException {
    return start(relayKey.toString());
  }

  /** Starts a node; returns when it listens. */
  static BigNode of(EtcdMembers etcd, Path relayKey, Path clusterKey) throws IOException {
    String endpoints = etcd.option().replace("etcd://", "http://").replace(",", ",http://");
    return start(relayKey.toString(), clusterKey.toString(), endpoints);
  }

  private static BigNode start(String... arguments) throws IOException {
    ChildJvm process = ChildJvm.start(JVM_OPTIONS, BigNode.class, arguments);
    process.awaitReady();
    return new BigNode(process);
  }

  int port() {
    return port;
  }

  RelayAddress address() {
    return new RelayAddress("127.0.0.1", port);
  }

  RelayKey key() {
    return key;
  }

  /** Collects garbage there, and asks. */
  Use use() throws IOException {
    long[] values = numbers(process.ask("use"));
    return new Use(values[0], values[1], sessions());
  }

  /** How many sessions it sees in the directory. */
  long sessions() throws IOException {
    return numbers(process.ask("sessions"))[0];
  }

  private static long[] numbers(String line) {
    return Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.end();
  }

  // ---- the process ----

  /**
   * The process.
   *
   * @param args the file of the relay's key; of a node that of the cluster's, and etcd's endpoints
   */
  public static void main(String[] args) throws IOException {
    HydraServer.Builder builder =
        HydraServer.builder()
            .address(new InetSocketAddress("0.0.0.0", 0))
            .keyFile(Path.of(args[0]))
            .maxConnections(MANY)
            .maxJoining(MANY)
            .idleTimeout(NO_PINGS);
    if (args.length > 1) {
      ClusterKey key = ClusterKey.read(Path.of(args[1]));
      List<URI> endpoints = Arrays.stream(args[2].split(",")).map(URI::create).toList();
      builder.cluster(
          ClusterOptions.of(
              EtcdDirectory.builder(endpoints, key).build(),
              key.linkCredential(),
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
    }
    try (HydraServer relay = builder.bind()) {
      BufferedReader questions =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      System.out.println(ChildJvm.READY);
      for (String question = questions.readLine();
          question != null;
          question = questions.readLine()) {
        System.out.println(answer(relay, question));
      }
    }
  }

  private static String answer(HydraServer relay, String question) {
    return switch (question) {
      case "port" -> Integer.toString(relay.address().getPort());
      case "key" -> relay.relayKey().toString();
      case "sessions" ->
          relay
              .operator()
              .cluster(Duration.ZERO)
              .map(status -> Integer.toString(status.sessions()))
              .orElse("0");
      default -> {
        System.gc();
        yield ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()
            + " "
            + IdleFootprint.direct();
      }
    };
  }
}
