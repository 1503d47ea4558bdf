package io.hydrasync.cli.demo;

import com.google.gson.JsonElement;
import io.hydrasync.cli.admin.AdminOptions;
import io.hydrasync.cli.admin.AdminReply;
import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.cli.secret.TicketFile;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.crypto.X25519;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Three relays that share an etcd, as processes, with a directory of their own. All of it ends with
 * this, or with the JVM. For one thread.
 */
final class LocalCluster implements AutoCloseable {
  private static final List<String> NAMES = List.of("A", "B", "C");

  private final Path directory;
  private final List<AutoCloseable> processes = new ArrayList<>();
  private final List<RelayNode> relays = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread atEnd = new Thread(this::end, "demo-end");

  /** Starts everything; returns when all of it is ready. */
  LocalCluster(Path etcdProgram, Class<?> main) throws IOException, InterruptedException {
    directory = Files.createTempDirectory("hydra-demo-");
    Runtime.getRuntime().addShutdownHook(atEnd);
    try {
      makeKeys();
      LocalEtcd etcd = LocalEtcd.start(etcdProgram, directory);
      processes.add(etcd);
      List<RelayNode.Starting> starting = new ArrayList<>();
      for (String name : NAMES) {
        RelayNode.Starting relay = RelayNode.start(main, name, etcd, directory);
        starting.add(relay);
        processes.add(relay);
      }
      for (RelayNode.Starting relay : starting) {
        relays.add(relay.await());
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void makeKeys() throws IOException {
    SecureRandom random = new SecureRandom();
    byte[] secret = new byte[ClusterKey.LENGTH];
    random.nextBytes(secret);
    TicketFile.create(directory.resolve("cluster.key"), HexFormat.of().formatHex(secret));
    TicketFile.create(
        directory.resolve("relay.key"), HexFormat.of().formatHex(X25519.newPrivateKey(random)));
    CredentialFile.createAdmin(directory.resolve("admin.key"));
  }

  List<RelayNode> relays() {
    return relays;
  }

  /** All of them, this one first. */
  List<RelayAddress> addresses(RelayNode first) {
    return Stream.concat(Stream.of(first), relays.stream().filter(relay -> !relay.equals(first)))
        .map(RelayNode::address)
        .toList();
  }

  /** Which of those that live has a producer. */
  Optional<RelayNode> owner() throws IOException {
    for (RelayNode relay : relays) {
      if (relay.process().isAlive() && hasProducer(relay)) {
        return Optional.of(relay);
      }
    }
    return Optional.empty();
  }

  private boolean hasProducer(RelayNode relay) throws IOException {
    try (HydraAdmin admin =
        HydraAdmin.builder(
                relay.address(), CredentialFile.readAdmin(directory.resolve("admin.key")))
            .relayKey(relay.key())
            .connect()) {
      AdminReply reply = AdminOptions.ask(admin, AdminOptions.request("sessions"));
      for (JsonElement session : reply.shown().getAsJsonArray("sessions")) {
        if (session.getAsJsonObject().get("producer").getAsBoolean()) {
          return true;
        }
      }
      return false;
    } catch (HydraException e) {
      return false; // it has just been killed
    }
  }

  /** Ends all processes, and removes what they have left. */
  private void end() {
    if (closed.getAndSet(true)) {
      return;
    }
    for (int i = processes.size() - 1; i >= 0; i--) {
      try {
        processes.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException(e); // none of them does that
      }
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      // what is left is in the system's directory for temporary files
    }
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atEnd);
    } catch (IllegalStateException e) {
      // the JVM is ending, and has called it
    }
  }
}
