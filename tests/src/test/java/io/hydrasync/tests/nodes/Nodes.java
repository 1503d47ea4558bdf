package io.hydrasync.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.crypto.X25519;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Relays of one cluster, each a process of {@code hydra relay} at its own ports. For one thread.
 */
final class Nodes implements AutoCloseable {
  private static final String READY = "hydra relay listening on ";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final int KEY_LENGTH = 32;

  private List<String> program;
  private final Path directory;
  private final EtcdMembers etcd;
  private final List<String> options;
  private final List<RelayAddress> addresses = new ArrayList<>();
  private final List<RelayAddress> links = new ArrayList<>();
  private final List<Killable> processes = new ArrayList<>();
  private final Credential admin;
  private final RelayKey key;

  /**
   * Starts them.
   *
   * @param program the command, {@code relay} not included
   * @param options of each relay, more than what makes it a node
   */
  Nodes(List<String> program, Path directory, EtcdMembers etcd, int count, List<String> options)
      throws IOException {
    this.program = program;
    this.directory = directory;
    this.etcd = etcd;
    this.options = options;
    byte[] secret = X25519.newPrivateKey(new SecureRandom());
    key = RelayKey.of(X25519.publicKey(secret));
    secret("relay.key", secret);
    secret("cluster.key", random());
    byte[] credential = random();
    admin = Credential.of(credential);
    secret("admin.key", credential);
    for (int i = 0; i < count; i++) {
      addresses.add(new RelayAddress("127.0.0.1", EtcdMembers.freePort()));
      links.add(new RelayAddress("127.0.0.1", EtcdMembers.freePort()));
    }
    try {
      for (int i = 0; i < count; i++) {
        processes.add(launch(i));
      }
      for (int i = 0; i < count; i++) {
        awaitReady(i);
      }
      awaitNodes(count);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static byte[] random() {
    byte[] bytes = new byte[KEY_LENGTH];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  private void secret(String name, byte[] bytes) throws IOException {
    Path file =
        Files.createFile(
            directory.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
  }

  private Killable launch(int node) throws IOException {
    List<String> command = new ArrayList<>(program);
    command.addAll(
        List.of(
            "relay",
            "--listen=" + addresses.get(node),
            "--key-file=" + directory.resolve("relay.key"),
            "--admin-key-file=" + directory.resolve("admin.key"),
            "--cluster=" + etcd.option(),
            "--cluster-key-file=" + directory.resolve("cluster.key"),
            "--cluster-listen=" + links.get(node)));
    command.addAll(options);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log(node).toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("HYDRA_RELAY"));
    return new Killable(builder.start());
  }

  private Path log(int node) {
    return directory.resolve("relay" + node + ".log");
  }

  private void awaitReady(int node) throws IOException {
    BufferedReader out =
        new BufferedReader(
            new InputStreamReader(processes.get(node).process().getInputStream(), UTF_8));
    String line = out.readLine();
    if (line == null || !line.startsWith(READY)) {
      throw new IOException(
          "relay " + node + " does not start: " + line + Files.readString(log(node)));
    }
  }

  /** Returns when each that lives sees so many. */
  void awaitNodes(int count) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    for (int i = 0; i < processes.size(); i++) {
      while (isAlive(i) && cluster(i).get("nodeCount").getAsInt() != count) {
        if (System.nanoTime() - until > 0) {
          throw new IllegalStateException("relay " + i + " does not see " + count + " nodes");
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  boolean isAlive(int node) {
    return processes.get(node).isAlive();
  }

  int count() {
    return processes.size();
  }

  RelayKey key() {
    return key;
  }

  RelayAddress address(int node) {
    return addresses.get(node);
  }

  /** All of them, this one first, then those behind it. */
  List<RelayAddress> addressesFrom(int node) {
    return IntStream.range(0, addresses.size())
        .mapToObj(i -> addresses.get((node + i) % addresses.size()))
        .toList();
  }

  Killable process(int node) {
    return processes.get(node);
  }

  /** Starts one that has ended, where it was. */
  void restart(int node) throws IOException {
    processes.set(node, launch(node));
    awaitReady(node);
  }

  /** From now on this one is started, where one is started again. */
  void startFromNowOn(List<String> other) {
    program = other;
  }

  private JsonObject ask(int node, String op) {
    try (HydraAdmin asked =
        HydraAdmin.builder(addresses.get(node), admin).relayKey(key).connect()) {
      return JsonParser.parseString(asked.request("{\"op\":\"" + op + "\"}")).getAsJsonObject();
    }
  }

  /** What a node says of its cluster. */
  JsonObject cluster(int node) {
    return ask(node, "cluster").getAsJsonObject("cluster");
  }

  /** Which of those that live has the producer of a session. */
  int awaitOwner(String session) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - until < 0) {
      for (int i = 0; i < processes.size(); i++) {
        if (isAlive(i) && hasProducer(i, session)) {
          return i;
        }
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    throw new IllegalStateException("no relay has the producer of " + session);
  }

  private boolean hasProducer(int node, String session) {
    try {
      for (JsonElement each : ask(node, "sessions").getAsJsonArray("sessions")) {
        JsonObject one = each.getAsJsonObject();
        if (one.get("name").getAsString().equals(session) && one.get("producer").getAsBoolean()) {
          return true;
        }
      }
      return false;
    } catch (HydraException e) {
      return false; // it is on its way out
    }
  }

  @Override
  public void close() {
    processes.forEach(Killable::close);
  }
}
