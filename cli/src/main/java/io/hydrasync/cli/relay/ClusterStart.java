package io.hydrasync.cli.relay;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cluster.EtcdHealth;
import io.hydrasync.cluster.EtcdMember;
import io.hydrasync.cluster.EtcdMember.Concern;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.server.ClusterStatus;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SecretHash;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first look of a node at its cluster: whether it belongs to it, and how etcd is. */
final class ClusterStart {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterStart.class);

  /** A member that stands still costs a second, and there are three of them as a rule. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** What a relay says of etcd at its start; the rest is for doctor. */
  private static final Set<Concern> TOLD =
      EnumSet.of(Concern.ACCESS, Concern.ALARM, Concern.SPACE, Concern.COMPACTION);

  private ClusterStart() {}

  /**
   * Waits until this node sees itself in the directory, and so all others; for some seconds.
   *
   * @throws IllegalArgumentException if there are others and it belongs to none of them
   */
  static void check(HydraServer relay) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    ClusterStatus seen = look(relay);
    while (!seen.nodes().containsKey(seen.self()) && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(POLL_NANOS);
      seen = look(relay);
    }
    refuse(seen, relay.relayKeys());
    if (!seen.nodes().containsKey(seen.self())) {
      LOG.warn(
          "this relay could not be written into the directory so far ({}): it serves alone until it"
              + " can be, and goes on trying",
          seen.directory().reachable() && !seen.directory().problem().isEmpty()
              ? seen.directory().problem()
              : "the directory cannot be reached");
    }
  }

  private static ClusterStatus look(HydraServer relay) {
    return relay.operator().cluster(Duration.ZERO).orElseThrow();
  }

  static void refuse(ClusterStatus seen, RelayKeys relayKeys) {
    Map<NodeId, NodeEntry> others =
        seen.nodes().entrySet().stream()
            .filter(node -> !node.getKey().equals(seen.self()))
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    if (others.isEmpty() && seen.strangers() > 0) {
      throw new IllegalArgumentException(
          "--cluster-key-file: none of the "
              + seen.strangers()
              + " other relays of this cluster has this key; use theirs, another --cluster-name,"
              + " or, where they have just ended, wait for 10 s");
    }
    if (!others.isEmpty()
        && others.values().stream().noneMatch(node -> has(relayKeys, node.relayKey()))) {
      throw new IllegalArgumentException(
          "--key-file: none of the "
              + others.size()
              + " other relays of this cluster has this key; all need the same");
    }
  }

  private static boolean has(RelayKeys keys, SecretHash hash) {
    return hash.equals(SecretHash.of(keys.first().toBytes()))
        || keys.second().filter(key -> hash.equals(SecretHash.of(key.toBytes()))).isPresent();
  }

  /** Says in the log what is wrong with etcd, from a thread of its own. */
  static void watchHealth(EtcdHealth health) {
    Thread thread = new Thread(() -> tellHealth(health), "hydra-etcd-look");
    thread.setDaemon(true);
    thread.start();
  }

  private static void tellHealth(EtcdHealth health) {
    try {
      for (EtcdMember member : health.look(LOOK)) {
        member.warnings().stream()
            .filter(warning -> TOLD.contains(warning.about()))
            .forEach(warning -> LOG.warn("etcd at {}: {}", member.endpoint(), warning.text()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("cannot look how etcd is: {}", Failures.describe(e));
    }
  }
}
