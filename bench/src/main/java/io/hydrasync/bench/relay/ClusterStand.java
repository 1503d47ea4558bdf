package io.hydrasync.bench.relay;

import io.hydrasync.bench.process.Child;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Two relays of one cluster with an etcd of one member, each as its users start it. */
public final class ClusterStand implements AutoCloseable {
  private static final String READY = "hydra relay listening on ";
  private static final int KEY_BYTES = 32;

  private final List<Child> running = new ArrayList<>();
  private final InetSocketAddress owner;
  private final InetSocketAddress edge;
  private final Child edgeProcess;

  private ClusterStand(Path etcd, List<String> hydra, Path directory) throws IOException {
    try {
      String option = etcd(etcd, directory);
      Path relayKey = secret(directory.resolve("relay.key"));
      Path clusterKey = secret(directory.resolve("cluster.key"));
      owner = Brokers.loopback(relay(hydra, option, relayKey, clusterKey));
      edge = Brokers.loopback(relay(hydra, option, relayKey, clusterKey));
      edgeProcess = running.get(running.size() - 1);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Starts it.
   *
   * @param etcd the program
   * @param hydra the command
   * @param work where its files go, in a directory of their own
   */
  public static ClusterStand start(Path etcd, List<String> hydra, Path work) throws IOException {
    return new ClusterStand(etcd, hydra, Files.createTempDirectory(work, "cluster"));
  }

  private static Path secret(Path file) throws IOException {
    byte[] bytes = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bytes);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
  }

  private String etcd(Path program, Path directory) throws IOException {
    String clients = "127.0.0.1:" + Brokers.freePort();
    String peers = "http://127.0.0.1:" + Brokers.freePort();
    running.add(
        Child.program(
            directory.resolve("etcd.log"),
            List.of(
                program.toString(),
                "--data-dir=" + directory.resolve("etcd"),
                "--listen-client-urls=http://" + clients,
                "--advertise-client-urls=http://" + clients,
                "--listen-peer-urls=" + peers,
                "--initial-advertise-peer-urls=" + peers,
                "--initial-cluster=default=" + peers,
                "--auto-compaction-mode=periodic",
                "--auto-compaction-retention=1h")));
    return "etcd://" + clients;
  }

  /** Starts one more; it says that it listens once it sees itself in the directory. */
  private int relay(List<String> hydra, String etcd, Path relayKey, Path clusterKey)
      throws IOException {
    List<String> command = new ArrayList<>(hydra);
    command.addAll(
        List.of(
            "relay",
            "--listen=127.0.0.1:0",
            "--key-file=" + relayKey,
            "--cluster=" + etcd,
            "--cluster-key-file=" + clusterKey));
    Child process = Child.program(null, command);
    running.add(process);
    String line = process.line();
    if (!line.startsWith(READY)) {
      throw new IOException("a node does not start but says: " + line);
    }
    String address = line.substring(READY.length()).split(" ")[0];
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  /** The producer at the owner, consumers at the edge. */
  public Wire wire() {
    return new EdgeWire(owner, edge);
  }

  /** The process of the edge. */
  public long edgePid() {
    return edgeProcess.pid();
  }

  @Override
  public void close() {
    for (int i = running.size() - 1; i >= 0; i--) {
      running.get(i).close();
    }
  }
}
