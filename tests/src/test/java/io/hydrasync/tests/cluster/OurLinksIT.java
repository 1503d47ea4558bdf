package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraConsumer.Start;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.MemoryCluster;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.HydraPeer;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A node of ours and one of the peer, which was written from the specification alone: each as owner
 * and as edge. Skipped without Python and its package {@code cryptography}.
 */
@Timeout(170)
@Tag("foreign")
class OurLinksIT {
  private static final int SIZE = 300;
  private static final int MESSAGES = 1_000;
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] RELAY_KEY = Fixture.message(1, 32);
  private static final byte[] CLUSTER_KEY = Fixture.message(2, 32);

  /** Whose the owner is; the edge is the other's. */
  enum Owner {
    OURS,
    THEIRS
  }

  @TempDir Path directory;

  private final SessionSecrets session = SessionSecrets.generate();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final MemoryCluster store = new MemoryCluster();
  private Path keyFile;
  private OurNode ours;

  @BeforeAll
  static void findPython() {
    PythonPeer.assumeInstalled();
  }

  @BeforeEach
  void start() throws Exception {
    opened(store);
    keyFile =
        Files.createFile(
            directory.resolve("relay.key"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(keyFile, HEX.formatHex(RELAY_KEY) + "\n");
    ours = node(UnaryOperator.identity());
  }

  private OurNode node(UnaryOperator<HydraServer.Builder> more) {
    return opened(OurNode.start(store, keyFile, ClusterKey.of(CLUSTER_KEY), more));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  private PeerNode theirs() throws Exception {
    return opened(PeerNode.start(HEX.formatHex(RELAY_KEY), HEX.formatHex(CLUSTER_KEY)));
  }

  private PeerSeat seat(PeerNode node) {
    return opened(
        new PeerSeat(
            store,
            RelayAddress.of(node.links()),
            node.address(),
            node.key(),
            owner -> node.hear(owner.toString())));
  }

  private HydraProducer producer(ClusterNode... nodes) {
    HydraProducer producer =
        HydraProducer.builder(Stream.of(nodes).map(ClusterNode::address).toList(), session)
            .relayKey(nodes[0].key())
            .heartbeat(BEAT)
            .connect();
    opened(producer::abort);
    return producer;
  }

  private HydraConsumer consumer(Start start, ClusterNode node) {
    return opened(
        HydraConsumer.builder(node.address(), session)
            .relayKey(node.key())
            .heartbeat(BEAT)
            .start(start)
            .connect());
  }

  private PeerProcess theirConsumer(ClusterNode node) throws Exception {
    PeerProcess consumer =
        opened(
            HydraPeer.consume(
                HydraPeer.at(node.clients(), node.key()),
                session,
                "--verify-size",
                "" + SIZE,
                "--reconnect",
                "60"));
    consumer.awaitAfter("\"joined\"");
    return consumer;
  }

  private static void send(HydraProducer producer, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      producer.write(HydraPeer.message(i, SIZE));
    }
    producer.flush();
    Await.until("all is acknowledged", () -> producer.unacknowledgedBytes() == 0);
  }

  private static void assertReceives(HydraConsumer consumer, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      assertThat(Fixture.bytes(consumer.receive()))
          .as("message %d", i)
          .isEqualTo(HydraPeer.message(i, SIZE));
    }
  }

  private static void assertEnds(PeerProcess consumer, int messages) throws Exception {
    assertThat(consumer.awaitAfter("\"done\", \"messages\": ")).startsWith(messages + ",");
    consumer.assertEndsWell();
  }

  @ParameterizedTest
  @EnumSource
  void consumersAtTheEdgeGetWhatIsSentAtTheOwner(Owner whose) throws Exception {
    PeerNode theirs = theirs();
    PeerSeat seat = seat(theirs);
    ClusterNode owner = whose == Owner.OURS ? ours : theirs;
    ClusterNode edge = whose == Owner.OURS ? theirs : ours;
    HydraProducer producer = producer(owner);
    if (whose == Owner.THEIRS) {
      seat.claims(session.id());
    }
    send(producer, 0, 100);
    HydraConsumer oldest = consumer(Start.BEGINNING, edge);
    HydraConsumer live = consumer(Start.LIVE, edge);
    HydraConsumer there = consumer(Start.BEGINNING, owner);
    PeerProcess foreign = theirConsumer(edge);
    assertThat(producer.awaitConsumers(4, PATIENCE)).isTrue();

    send(producer, 100, MESSAGES);
    producer.close();

    for (HydraConsumer each : List.of(oldest, live, there)) {
      assertReceives(each, each == live ? 100 : 0, MESSAGES);
      assertThat(each.receive()).isNull();
    }
    assertEnds(foreign, MESSAGES);
  }

  /** No frame tells of the epoch then: the owner has to. */
  @Test
  void anIdleSessionOfWhichNothingIsKeptCanBeJoinedAtTheEdge() throws Exception {
    OurNode owner = node(relay -> relay.retention(0));
    PeerNode edge = theirs();
    seat(edge);
    HydraProducer producer = producer(owner);
    send(producer, 0, 100);

    HydraConsumer consumer = consumer(Start.LIVE, edge);

    assertThat(producer.awaitConsumers(1, PATIENCE)).isTrue();
    send(producer, 100, 200);
    producer.close();
    assertReceives(consumer, 100, 200);
    assertThat(consumer.receive()).isNull();
  }

  @Test
  void whenTheirOwnerDiesTheProducerGoesOnAtOurEdge() throws Exception {
    PeerNode theirs = theirs();
    PeerSeat seat = seat(theirs);
    HydraProducer producer = producer(theirs, ours);
    seat.claims(session.id());
    HydraConsumer mine = consumer(Start.BEGINNING, ours);
    PeerProcess foreign = theirConsumer(ours);
    assertThat(producer.awaitConsumers(2, PATIENCE)).isTrue();
    send(producer, 0, MESSAGES);

    theirs.close();
    seat.close();

    send(producer, MESSAGES, 2 * MESSAGES);
    producer.close();
    assertReceives(mine, 0, 2 * MESSAGES);
    assertThat(mine.receive()).isNull();
    assertEnds(foreign, 2 * MESSAGES);
  }

  @Test
  void anOwnerOfOursAnswersEdgesAsTheSpecificationSays() throws Exception {
    assertAllHold(attacks("link-*"), 30);
  }

  /** What an edge asks of its owner, and what its consumers see; the owner is played. */
  @Test
  void anEdgeOfOursDoesWithItsOwnerAsTheSpecificationSays() throws Exception {
    PeerProcess attacks =
        attacks("edge-*", "--owner-listen", "127.0.0.1:0", "--key", HEX.formatHex(RELAY_KEY));
    RelayAddress played = RelayAddress.parse(attacks.awaitAfter("owner "));
    PeerSeat seat = opened(new PeerSeat(store, played, played, ours.key(), owner -> {}));
    for (String name : names()) {
      seat.claims(playedSession(name));
    }
    attacks.tell("begin");

    assertAllHold(attacks, 25);
  }

  private List<String> names() throws Exception {
    PeerProcess list = opened(HydraPeer.run("attack", "list", "--relay", "127.0.0.1:1"));
    return list.rest().stream()
        .map(line -> line.split(" ")[0])
        .filter(name -> name.startsWith("edge-"))
        .toList();
  }

  private static SessionId playedSession(String name) throws Exception {
    ByteBuffer id = ByteBuffer.allocate(SessionId.LENGTH);
    for (byte half = 0; half < 2; half++) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(name.getBytes(StandardCharsets.UTF_8));
      digest.update(half);
      id.put(digest.digest());
    }
    return SessionId.of(id.array());
  }

  private PeerProcess attacks(String names, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "attack",
                names,
                "--relay",
                HydraPeer.hostPort(ours.clients()),
                "--links",
                HydraPeer.hostPort(ours.links()),
                "--relay-key=" + ours.key(),
                "--cluster-key",
                HEX.formatHex(CLUSTER_KEY),
                "--jobs",
                "8"));
    command.addAll(List.of(more));
    return opened(HydraPeer.run(command.toArray(new String[0])));
  }

  private static void assertAllHold(PeerProcess attacks, int least) throws Exception {
    List<String> lines = attacks.rest();
    Attempts.add(lines.size());

    assertThat(lines).hasSizeGreaterThan(least).allMatch(line -> line.contains("\"ok\": true"));
    attacks.assertEndsWell();
  }
}
