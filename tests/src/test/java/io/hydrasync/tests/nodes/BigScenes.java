package io.hydrasync.tests.nodes;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.EtcdDirectory;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.cluster.NodeEntry;
import io.hydrasync.server.cluster.SecretHash;
import io.hydrasync.tests.crowd.CrowdReaders;
import io.hydrasync.tests.nodes.Flow.Fault;
import io.hydrasync.tests.peer.RawClient;
import io.hydrasync.tests.support.Deaf;
import io.hydrasync.tests.support.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A cluster with much in it: thousands of consumers of one session over three nodes, a directory of
 * very many sessions. Each scene starts its own nodes. What does not hold is a {@link Fault}. For
 * one thread.
 */
final class BigScenes {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long PACE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int MESSAGES = 50;
  private static final int MESSAGE_BYTES = 200;
  private static final int KEY_BYTES = 32;
  private static final int CLAIMS = 300;
  private static final int PUTS = 100; // of a transaction; etcd takes 128
  private static final double MOST_MEMORY_RATIO = 1.1;

  private final EtcdMembers etcd;
  private final Path relayKey;
  private final Path clusterKey;

  BigScenes(EtcdMembers etcd, Path directory) throws IOException {
    this.etcd = etcd;
    relayKey = secret(directory.resolve("big-relay.key"));
    clusterKey = secret(directory.resolve("big-cluster.key"));
  }

  private static Path secret(Path file) throws IOException {
    byte[] bytes = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bytes);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, HexFormat.of().formatHex(bytes) + "\n");
  }

  // ---- consumers ----

  /** So many consumers of one session over three nodes, beside a third of them at a relay alone. */
  String crowd(int consumers) throws Exception {
    double alone;
    try (BigNode relay = BigNode.alone(relayKey)) {
      alone = crowd(List.of(relay), consumers / Scenes.NODES).get(0);
    }
    try (BigNode a = BigNode.of(etcd, relayKey, clusterKey);
        BigNode b = BigNode.of(etcd, relayKey, clusterKey);
        BigNode c = BigNode.of(etcd, relayKey, clusterKey)) {
      List<Double> each = crowd(List.of(a, b, c), consumers);
      String told =
          String.format(
              Locale.ROOT,
              "%,d consumers have got all; KiB each: %.2f at a relay alone, %.2f at the owner,"
                  + " %.2f and %.2f at edges",
              consumers,
              alone,
              each.get(0),
              each.get(1),
              each.get(2));
      for (double one : each) {
        if (one > MOST_MEMORY_RATIO * alone) {
          throw new Fault(told + ": more than " + MOST_MEMORY_RATIO + " times");
        }
      }
      return told;
    }
  }

  /** KiB for each consumer, at each of these. */
  private static List<Double> crowd(List<BigNode> relays, int consumers) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    List<Listener> witnesses = new ArrayList<>();
    try (CrowdReaders readers = new CrowdReaders();
        HydraProducer producer =
            HydraProducer.builder(relays.get(0).address(), session)
                .relayKey(relays.get(0).key())
                .connect()) {
      for (BigNode each : relays) {
        witnesses.add(
            new Listener(
                "at " + each.port(),
                List.of(each.address()),
                each.key(),
                session,
                Flow.HEARTBEAT,
                true));
      }
      long sent = send(producer, 0, witnesses);
      double[] before = bytes(relays);
      for (int i = 0; i < consumers; i++) {
        RawClient client = new RawClient(relays.get(i % relays.size()).port(), 0);
        readers.add(client.join(i, Role.CONSUMER, session.id().toBytes(), JoinMessage.START_LIVE));
      }
      awaitConsumers(producer, consumers + witnesses.size());
      double[] after = bytes(relays);
      long had = readers.bytes();
      send(producer, sent, witnesses);
      long least = (long) MESSAGES * MESSAGE_BYTES * consumers;
      await("everybody has got everything", () -> readers.bytes() - had >= least);
      readers.checkHealth();
      if (readers.gone() > 0) {
        throw new Fault(readers.gone() + " consumers have been disconnected");
      }
      return Arrays.stream(indices(relays))
          .mapToObj(i -> (after[i] - before[i]) / (consumers / relays.size()) / 1024)
          .toList();
    } finally {
      witnesses.forEach(Listener::close);
    }
  }

  private static int[] indices(List<?> list) {
    return java.util.stream.IntStream.range(0, list.size()).toArray();
  }

  private static double[] bytes(List<BigNode> relays) throws IOException {
    double[] bytes = new double[relays.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = relays.get(i).use().bytes();
    }
    return bytes;
  }

  /** Some messages, from this number on; returns when the witnesses have them. */
  private static long send(HydraProducer producer, long first, List<Listener> witnesses)
      throws Exception {
    for (long number = first; number < first + MESSAGES; number++) {
      ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);
      message.putLong(0, number).putLong(Long.BYTES, System.nanoTime());
      producer.broadcast(message);
      LockSupport.parkNanos(PACE_NANOS);
    }
    long next = first + MESSAGES;
    await(
        "the witnesses have message " + next,
        () -> {
          for (Listener each : witnesses) {
            each.failure()
                .ifPresent(
                    e -> {
                      throw new Fault("the consumer " + each.name() + " has failed: " + e);
                    });
          }
          return witnesses.stream().allMatch(each -> each.next() >= next);
        });
    return next;
  }

  private static void awaitConsumers(HydraProducer producer, int count) throws Exception {
    await("the producer is told of " + count, () -> producer.consumers() >= count);
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - until > 0) {
        throw new Fault("after " + PATIENCE.toSeconds() + " s still not: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  // ---- sessions ----

  /** What a directory of so many sessions costs a node. */
  String directory(int sessions) throws Exception {
    try (BigNode node = BigNode.of(etcd, relayKey, clusterKey)) {
      claims(node); // compiled code for both
      String empty = claims(node);
      double before = node.use().bytes();
      EtcdDirectory other = neighbour(node);
      try {
        write(other.self().toString(), sessions);
        await("the node sees " + sessions, () -> node.sessions() >= sessions);
        double after = node.use().bytes();
        String many = claims(node);
        long began = System.nanoTime();
        try (BigNode second = BigNode.of(etcd, relayKey, clusterKey)) {
          double listens = (System.nanoTime() - began) / 1e6;
          await("a second node sees " + sessions, () -> second.sessions() >= sessions);
          double sees = (System.nanoTime() - began) / 1e6;
          return String.format(
              Locale.ROOT,
              "%,d sessions: %.0f MiB more at a node, %.0f bytes each; another node starts in"
                  + " %.0f ms and sees all %.0f ms after its start; a new session's claim: %s, in"
                  + " an empty directory %s",
              sessions,
              (after - before) / (1 << 20),
              (after - before) / sessions,
              listens,
              sees,
              many,
              empty);
        }
      } finally {
        other.close();
      }
    }
  }

  /** A node that says that it is there, and serves nobody. */
  private EtcdDirectory neighbour(BigNode like) throws IOException {
    List<URI> endpoints =
        Arrays.stream(etcd.option().replace("etcd://", "").split(","))
            .map(each -> URI.create("http://" + each))
            .toList();
    EtcdDirectory directory = EtcdDirectory.builder(endpoints, ClusterKey.read(clusterKey)).build();
    directory.start(new Deaf());
    directory.publish(
        new NodeEntry(
            new RelayAddress("127.0.0.1", FreePorts.next()),
            Optional.empty(),
            "",
            1 << 20,
            false,
            0,
            SecretHash.of(like.key().toBytes())));
    return directory;
  }

  private void write(String owner, int sessions) throws IOException, InterruptedException {
    SecureRandom random = new SecureRandom();
    byte[] hash = new byte[16];
    String value =
        EtcdCare.base64(
            "{\"node\":\"%s\",\"claim\":\"1\",\"state\":\"live\",\"epoch\":\"1\",\"stream\":\"1\",\"highest\":\"1\"}"
                .formatted(owner));
    for (int done = 0; done < sessions; done += PUTS) {
      StringBuilder puts = new StringBuilder();
      for (int i = 0; i < Math.min(PUTS, sessions - done); i++) {
        random.nextBytes(hash);
        String key = EtcdCare.base64("/hydra/1/session/" + HexFormat.of().formatHex(hash));
        puts.append(puts.isEmpty() ? "" : ",")
            .append("{\"request_put\":{\"key\":\"" + key + "\",\"value\":\"" + value + "\"}}");
      }
      etcd.post(0, "/v3/kv/txn", "{\"success\":[" + puts + "]}");
    }
  }

  /** New sessions, one after the other: from the first byte of a connection to JOINED. */
  private static String claims(BigNode node) {
    double[] times = new double[CLAIMS];
    for (int i = 0; i < CLAIMS; i++) {
      long began = System.nanoTime();
      HydraProducer producer =
          HydraProducer.builder(node.address(), SessionSecrets.generate())
              .relayKey(node.key())
              .connect();
      times[i] = (System.nanoTime() - began) / 1e6;
      producer.close();
    }
    Arrays.sort(times);
    return String.format(
        Locale.ROOT, "p50 %.1f ms, p99 %.1f ms", times[CLAIMS / 2], times[CLAIMS * 99 / 100]);
  }
}
