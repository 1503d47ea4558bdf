package io.hydrasync.cli.doctor;

import com.google.gson.JsonObject;
import io.hydrasync.cli.admin.AdminOptions;
import io.hydrasync.cli.admin.AdminReply;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.cluster.EtcdHealth;
import io.hydrasync.cluster.EtcdNode;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.SecretHash;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What doctor finds at the nodes of a cluster: those that etcd says of, each looked at by itself.
 */
final class NodesLook {
  private static final String NODE = "node";
  private static final int MOST_NODES = 200;
  private static final int AT_A_TIME = 16;
  private static final int SHORT = 8;

  private final Duration timeout;
  private final Optional<Credential> admin;
  private final Optional<RelayKeys> expected;
  private final boolean knowsClusterKey;

  /**
   * A look.
   *
   * @param timeout for each step at a node
   * @param admin asks nodes what they see
   * @param expected the keys that all relays may have, if they are known
   * @param knowsClusterKey whether what proves it has been checked
   */
  NodesLook(
      Duration timeout,
      Optional<Credential> admin,
      Optional<RelayKeys> expected,
      boolean knowsClusterKey) {
    this.timeout = timeout;
    this.admin = admin;
    this.expected = expected;
    this.knowsClusterKey = knowsClusterKey;
  }

  List<Finding> findings(EtcdHealth health) {
    try {
      return findings(health.nodes(timeout));
    } catch (IOException e) {
      return List.of(Finding.note(NODE, "not looked at: " + e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of(Finding.fail(NODE, "interrupted"));
    }
  }

  List<Finding> findings(List<EtcdNode> nodes) throws InterruptedException {
    if (nodes.isEmpty()) {
      return List.of(
          Finding.warn(
              NODE,
              "no relay is in etcd under this --cluster-name; is one running, and is its log quiet?"));
    }
    List<Finding> findings = new ArrayList<>(together(nodes));
    ExecutorService threads =
        Executors.newFixedThreadPool(
            AT_A_TIME,
            task -> {
              Thread thread = new Thread(task, "hydra-doctor-node");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<List<Finding>>> looks =
          nodes.stream()
              .limit(MOST_NODES)
              .map(node -> threads.submit(() -> of(node, nodes.size())))
              .toList();
      for (Future<List<Finding>> look : looks) {
        findings.addAll(joined(look));
      }
    } finally {
      threads.shutdownNow();
    }
    if (nodes.size() > MOST_NODES) {
      findings.add(Finding.note(NODE, nodes.size() - MOST_NODES + " more have not been looked at"));
    }
    return findings;
  }

  private static List<Finding> joined(Future<List<Finding>> look) throws InterruptedException {
    try {
      return look.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (CancellationException e) {
      return List.of();
    }
  }

  /** What shows only when all of them are looked at. */
  static List<Finding> together(List<EtcdNode> nodes) {
    Map<String, List<String>> versions = new TreeMap<>();
    Map<SecretHash, List<String>> keys = new TreeMap<>(Comparator.comparing(SecretHash::toString));
    for (EtcdNode node : nodes) {
      node.entry()
          .ifPresent(
              entry -> {
                versions.computeIfAbsent(entry.version(), v -> new ArrayList<>()).add(name(node));
                keys.computeIfAbsent(entry.relayKey(), k -> new ArrayList<>()).add(name(node));
              });
    }
    List<Finding> findings = new ArrayList<>();
    if (keys.size() > 1) {
      findings.add(
          Finding.fail(
              NODE,
              "not all have the same relay key: "
                  + String.join(" / ", keys.values().stream().map(Object::toString).toList())
                  + "; clients of one are refused by the others: give all the same --key-file"));
    }
    if (versions.size() > 1) {
      findings.add(
          Finding.warn(
              NODE,
              "they are of different versions: "
                  + versions
                  + "; fine while they are being upgraded, one after the other"));
    }
    return findings;
  }

  private static String name(EtcdNode node) {
    return node.id().toString().substring(0, SHORT);
  }

  private List<Finding> of(EtcdNode node, int nodes) {
    String name = name(node);
    if (node.entry().isEmpty()) {
      return List.of(
          Finding.fail(
              NODE, name + ": what it says in etcd cannot be read; is it of another version?"));
    }
    NodeEntry entry = node.entry().get();
    List<Finding> findings = new ArrayList<>();
    if (knowsClusterKey && !node.proven()) {
      findings.add(
          Finding.fail(
              NODE,
              name
                  + ": it does not show that it knows this cluster key; give it the same"
                  + " --cluster-key-file, or another --cluster-name"));
    }
    if (entry.draining()) {
      findings.add(Finding.note(NODE, name + ": it is on its way out (drained)"));
    }
    findings.add(links(name, entry));
    findings.addAll(clients(name, entry, nodes));
    return findings;
  }

  // ---- where other nodes come

  /** At the port for links nobody else gets further than the handshake. */
  private Finding links(String name, NodeEntry entry) {
    @Nullable HydraException problem = join(entry.link(), Optional.empty(), seen -> {});
    String where = name + ": links at " + entry.link();
    if (problem != null && problem.code() == ErrorCode.UNAUTHORIZED) {
      return Finding.ok(NODE, where + " answer");
    }
    return Finding.warn(
        NODE,
        problem == null
            ? where + " let a client in: this is no port for links; see --cluster-advertise there"
            : where
                + " cannot be reached from this machine: "
                + Failures.describe(problem)
                + "; other relays have to (--cluster-advertise, firewalls): look from one of theirs");
  }

  // ---- where clients come

  private List<Finding> clients(String name, NodeEntry entry, int nodes) {
    if (entry.client().isEmpty()) {
      return List.of(
          Finding.warn(
              NODE,
              name
                  + ": it tells no address for clients, so no other relay sends any there; give it"
                  + " --advertise"));
    }
    RelayAddress where = entry.client().get();
    List<Finding> findings = new ArrayList<>();
    List<RelayKey> seen = new ArrayList<>();
    long began = System.nanoTime();
    @Nullable HydraException problem = join(where, expected, seen::add);
    String took = Units.time((System.nanoTime() - began) / 1e9);
    if (problem == null || letsIn(problem.code())) {
      findings.add(
          Finding.ok(
              NODE,
              name
                  + ": clients at "
                  + where
                  + " are answered in "
                  + took
                  + ", "
                  + entry.version()));
    } else {
      findings.add(
          Finding.fail(
              NODE,
              name
                  + ": clients at "
                  + where
                  + " get nowhere from this machine: "
                  + Failures.describe(problem)
                  + "; see --advertise there, firewalls, and whether it runs"));
      return findings;
    }
    admin.ifPresent(credential -> findings.addAll(asked(name, where, credential, nodes, seen)));
    seen.stream()
        .filter(key -> !SecretHash.of(key.toBytes()).equals(entry.relayKey()))
        .findFirst()
        .ifPresent(
            key ->
                findings.add(
                    Finding.fail(
                        NODE,
                        name
                            + ": at "
                            + where
                            + " is a relay of another key ("
                            + key
                            + "): --advertise there names somebody else")));
    return findings;
  }

  /** What it says behind a handshake that was well. */
  private static boolean letsIn(@Nullable ErrorCode code) {
    return code == ErrorCode.UNAUTHORIZED
        || code == ErrorCode.NO_SESSION
        || code == ErrorCode.LIMIT
        || code == ErrorCode.SHUTDOWN;
  }

  private interface Seen {
    void key(RelayKey key);
  }

  /** Joins a session that nobody has, as a consumer; what hinders it, if something does. */
  private @Nullable HydraException join(RelayAddress where, Optional<RelayKeys> keys, Seen seen) {
    byte[] nobodys = new byte[SessionId.LENGTH];
    new SecureRandom().nextBytes(nobodys);
    HydraConsumer.Builder builder =
        HydraConsumer.builder(
                where,
                new SessionSecrets(SessionId.of(nobodys), SessionKey.generate(new SecureRandom())))
            .reconnectTimeout(Duration.ZERO)
            .connectTimeout(timeout);
    keys.ifPresent(builder::relayKeys);
    try (HydraConsumer consumer = builder.connect()) {
      seen.key(consumer.relayKey());
      return null;
    } catch (HydraException e) {
      return e;
    }
  }

  // ---- what it sees itself

  private List<Finding> asked(
      String name, RelayAddress where, Credential credential, int nodes, List<RelayKey> seen) {
    HydraAdmin.Builder builder =
        HydraAdmin.builder(where, credential).connectTimeout(timeout).replyTimeout(timeout);
    expected.ifPresent(builder::relayKeys);
    try (HydraAdmin connected = builder.connect()) {
      seen.add(connected.relayKey());
      JsonObject cluster =
          AdminOptions.ask(connected, AdminOptions.request("cluster"))
              .shown()
              .getAsJsonObject("cluster");
      List<Finding> findings =
          new ArrayList<>(AdminReply.reading(() -> seenBy(name, cluster, nodes)));
      Finding clock = ClockCheck.ask(connected);
      findings.add(new Finding(clock.level(), clock.what(), name + ": " + clock.detail()));
      return findings;
    } catch (HydraException e) {
      return List.of(
          Finding.warn(
              NODE,
              name
                  + ": it does not tell an admin of this credential how it is: "
                  + Failures.describe(e)
                  + "; give all the same --admin-key-file"));
    } catch (IllegalArgumentException e) {
      return List.of(Finding.warn(NODE, name + ": " + e.getMessage()));
    }
  }

  static List<Finding> seenBy(String name, JsonObject cluster, int nodes) {
    List<Finding> findings = new ArrayList<>();
    JsonObject directory = cluster.getAsJsonObject("directory");
    String problem = directory.get("problem").getAsString();
    boolean reachable = directory.get("reachable").getAsBoolean();
    if (!reachable || !directory.get("writable").getAsBoolean()) {
      findings.add(
          Finding.fail(
              NODE,
              name
                  + (reachable ? ": it cannot write into etcd" : ": it cannot reach etcd")
                  + (problem.isEmpty() ? "" : ": " + problem)
                  + "; see its --cluster, and what is said of etcd here"));
    }
    if (!cluster.get("leaseHeld").getAsBoolean()) {
      findings.add(
          Finding.warn(NODE, name + ": it has no lease: to other relays it has gone, for now"));
    }
    long sees = cluster.get("nodeCount").getAsLong();
    if (reachable && sees != nodes) {
      findings.add(
          Finding.warn(
              NODE,
              name
                  + ": it sees "
                  + Units.count(sees, NODE)
                  + " where etcd has "
                  + nodes
                  + ": one has just come or gone, or their cluster keys differ"));
    }
    if (findings.isEmpty()) {
      findings.add(
          Finding.ok(
              NODE,
              name
                  + ": it sees "
                  + Units.count(sees, NODE)
                  + ", has its lease, and etcd is well to it"));
    }
    return findings;
  }
}
