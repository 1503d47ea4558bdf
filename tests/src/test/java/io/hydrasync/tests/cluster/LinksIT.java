package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraConsumer.Start;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.tests.peer.HydraPeer;
import io.hydrasync.tests.support.Attempts;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Consumers at an edge, a producer at the owner ({@code wire2.md} section 14, "Links"). The nodes
 * are the peer's, which was written from the specification alone; the clients are ours and the
 * peer's. Skipped without Python and its package {@code cryptography}.
 */
@Timeout(170)
@Tag("foreign")
class LinksIT {
  private static final int SIZE = 300;
  private static final int MESSAGES = 1_000;
  private static final int LARGE = 100_000;
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HexFormat HEX = HexFormat.of();
  private static final String RELAY_KEY = HEX.formatHex(Fixture.message(1, 32));
  private static final String CLUSTER_KEY = HEX.formatHex(Fixture.message(2, 32));

  private final SessionSecrets session = SessionSecrets.generate();
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeAll
  static void findPython() {
    PythonPeer.assumeInstalled();
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

  // ---- who is there

  private PeerNode node(String... options) throws Exception {
    return opened(PeerNode.start(RELAY_KEY, CLUSTER_KEY, options));
  }

  private PeerNode edgeOf(ClusterNode owner, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("--owner", HydraPeer.hostPort(owner.links())));
    all.addAll(List.of(options));
    return node(all.toArray(new String[0]));
  }

  private static List<RelayAddress> addresses(ClusterNode... nodes) {
    return Stream.of(nodes).map(ClusterNode::address).toList();
  }

  private HydraProducer producer(ClusterNode... nodes) {
    HydraProducer producer =
        HydraProducer.builder(addresses(nodes), session)
            .relayKey(nodes[0].key())
            .heartbeat(BEAT)
            .connect();
    opened(producer::abort);
    return producer;
  }

  private HydraConsumer consumer(Start start, ClusterNode... nodes) {
    return opened(
        HydraConsumer.builder(addresses(nodes), session)
            .relayKey(nodes[0].key())
            .heartbeat(BEAT)
            .start(start)
            .connect());
  }

  private PeerProcess theirConsumer(ClusterNode node, String... more) throws Exception {
    List<String> options =
        new ArrayList<>(
            List.of("--verify-size", "" + SIZE, "--reconnect", "60", "--heartbeat", "1"));
    options.addAll(List.of(more));
    PeerProcess consumer =
        opened(HydraPeer.consume(relay(node), session, options.toArray(new String[0])));
    consumer.awaitAfter("\"joined\"");
    return consumer;
  }

  private static HydraPeer.Relay relay(ClusterNode node) {
    return HydraPeer.at(node.clients(), node.key());
  }

  // ---- what they do

  private static void send(HydraProducer producer, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      if (i % 3 == 0) {
        producer.broadcast(HydraPeer.message(i, SIZE));
      } else {
        producer.write(HydraPeer.message(i, SIZE));
      }
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

  private static void await(HydraProducer producer, int consumers) throws Exception {
    assertThat(producer.awaitConsumers(consumers, PATIENCE)).isTrue();
  }

  @Test
  void whatTheOwnerHasReachesConsumersOfTheEdge() throws Exception {
    PeerNode owner = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner);
    HydraConsumer there = consumer(Start.BEGINNING, owner);
    HydraConsumer here = consumer(Start.BEGINNING, edge);
    PeerProcess theirs = theirConsumer(edge);
    await(producer, 3);

    send(producer, 0, MESSAGES);
    producer.close();

    for (HydraConsumer each : List.of(there, here)) {
      assertReceives(each, 0, MESSAGES);
      assertThat(each.receive()).isNull();
    }
    assertEnds(theirs, MESSAGES);
  }

  @Test
  void newKeysOfASignedStreamPassThroughTheEdge() throws Exception {
    PeerNode owner = node();
    PeerProcess theirs = theirConsumer(edgeOf(owner));
    PeerProcess producer =
        opened(
            HydraPeer.produce(
                relay(owner),
                session,
                "--size",
                "" + SIZE,
                "--count",
                "200",
                "--rotate",
                "7",
                "--signed",
                "--wait-consumers",
                "1"));

    producer.assertEndsWell();
    assertEnds(theirs, 200);
  }

  @Test
  void theProducerIsToldOfConsumersBehindTheEdge() throws Exception {
    PeerNode owner = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner);
    HydraConsumer first = consumer(Start.BEGINNING, edge);
    await(producer, 1);
    consumer(Start.BEGINNING, owner);
    consumer(Start.BEGINNING, edge);
    await(producer, 3);

    first.close();

    Await.until("one less is counted", () -> producer.consumers() == 2);
    edge.close();
    Await.until("the edge is gone", () -> producer.consumers() == 1);
  }

  @Test
  void whoComesLateToTheEdgeGetsWhatIsKeptAndWhoAsksForLiveWhatComes() throws Exception {
    PeerNode owner = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner);
    send(producer, 0, 500);

    HydraConsumer live = consumer(Start.LIVE, edge); // makes the link
    HydraConsumer oldest = consumer(Start.OLDEST, edge);
    await(producer, 2);
    send(producer, 500, MESSAGES);
    producer.close();

    assertReceives(live, 500, MESSAGES);
    assertThat(live.receive()).isNull();
    assertReceives(oldest, 0, MESSAGES);
    assertThat(oldest.receive()).isNull();
    HydraConsumer behind = consumer(Start.BEGINNING, edge); // while the session lingers
    assertReceives(behind, 0, MESSAGES);
    assertThat(behind.receive()).isNull();
  }

  /** No frame tells of the epoch then: the owner has to. */
  @Test
  void anIdleSessionOfWhichNothingIsKeptCanBeJoinedAtTheEdge() throws Exception {
    PeerNode owner = node("--log", "0");
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner);
    send(producer, 0, 100);

    HydraConsumer consumer = consumer(Start.LIVE, edge);

    await(producer, 1);
    send(producer, 100, 200);
    producer.close();
    assertReceives(consumer, 100, 200);
    assertThat(consumer.receive()).isNull();
  }

  /** The mirror becomes the log: the producer goes on where the mirror ends. */
  @Test
  void whenTheOwnerDiesTheProducerGoesOnAtTheEdge() throws Exception {
    PeerNode owner = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner, edge);
    HydraConsumer ours = consumer(Start.BEGINNING, edge);
    PeerProcess theirs = theirConsumer(edge);
    await(producer, 2);
    send(producer, 0, MESSAGES);

    owner.close();

    send(producer, MESSAGES, 2 * MESSAGES);
    producer.close();
    assertReceives(ours, 0, 2 * MESSAGES);
    assertThat(ours.receive()).isNull();
    assertEnds(theirs, 2 * MESSAGES);
  }

  /** The new owner gets all of the ring under new keys; a consumer gets none of it twice. */
  @Test
  void aRingSealedAnewAtAnotherOwnerComesToNobodyTwice() throws Exception {
    PeerNode owner = node();
    PeerNode next = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner, next);
    HydraConsumer ours = consumer(Start.BEGINNING, edge);
    PeerProcess theirs = theirConsumer(edge);
    await(producer, 2);
    send(producer, 0, MESSAGES);
    assertReceives(ours, 0, MESSAGES / 2);

    owner.close();
    edge.follow(next);

    send(producer, MESSAGES, MESSAGES + 100);
    assertThat(edge.awaitAfter("\"newLog\"")).isNotEmpty();
    HydraConsumer late = consumer(Start.BEGINNING, edge);
    producer.close();
    for (HydraConsumer each : List.of(ours, late)) {
      assertReceives(each, each == late ? 0 : MESSAGES / 2, MESSAGES + 100);
      assertThat(each.receive()).isNull();
    }
    assertEnds(theirs, MESSAGES + 100);
  }

  @Test
  void anOwnerThatIsNoMoreOneMirrorsTheNewOne() throws Exception {
    PeerNode first = node();
    PeerNode second = edgeOf(first);
    HydraProducer before = producer(first);
    HydraConsumer there = consumer(Start.BEGINNING, first);
    HydraConsumer here = consumer(Start.BEGINNING, second);
    await(before, 2);
    send(before, 0, 100);

    HydraProducer after = producer(second); // a new process of the owner
    first.follow(second);

    await(after, 2);
    assertThatExceptionOfType(HydraException.class)
        .isThrownBy(() -> before.broadcast(new byte[1]))
        .satisfies(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.REPLACED));
    send(after, 0, MESSAGES);
    after.close();
    for (HydraConsumer each : List.of(there, here)) {
      assertReceives(each, 0, 100);
      assertThatExceptionOfType(StreamTruncatedException.class).isThrownBy(each::receive);
      assertReceives(each, 0, MESSAGES);
      assertThat(each.receive()).isNull();
    }
  }

  /** The link is given up after three seconds, and made again. */
  @Test
  void anOwnerThatStandsStillIsGivenUpAndFoundAgain() throws Exception {
    PeerNode owner = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner);
    HydraConsumer consumer = consumer(Start.BEGINNING, edge);
    await(producer, 1);
    send(producer, 0, 100);
    assertReceives(consumer, 0, 100);
    assertThat(consumer.isProducerLive()).isTrue();

    long stopped = System.nanoTime();
    owner.signal("STOP");
    edge.awaitAfter("\"linkLost\"");
    Duration silence = Duration.ofNanos(System.nanoTime() - stopped);
    owner.signal("CONT");

    assertThat(silence).isGreaterThan(Duration.ofSeconds(2)).isLessThan(Duration.ofSeconds(20));
    send(producer, 100, MESSAGES);
    producer.close();
    assertReceives(consumer, 100, MESSAGES);
    assertThat(consumer.receive()).isNull();
  }

  /** Under backpressure a slow consumer of the edge holds the producer. */
  @Test
  void aSlowConsumerOfTheEdgeHoldsTheProducerAndLosesNothing() throws Exception {
    PeerNode owner = node("--log", "1000000");
    PeerNode edge = edgeOf(owner, "--log", "1000000");
    HydraProducer producer =
        HydraProducer.builder(owner.clients(), session)
            .relayKey(owner.key())
            .heartbeat(BEAT)
            .ring(1 << 20)
            .connect();
    opened(producer::abort);
    HydraConsumer slow = consumer(Start.BEGINNING, edge);
    await(producer, 1);

    int sent = 0;
    while (takes(producer, Fixture.message(sent, LARGE))) {
      sent++;
      assertThat(sent).as("messages that are taken while nobody reads").isLessThan(2_000);
    }
    int messages = sent;
    Future<?> end =
        Fixture.async(
            () -> {
              producer.close();
              return null;
            });
    for (int i = 0; i < messages; i++) {
      assertThat(Fixture.bytes(slow.receive())).isEqualTo(Fixture.message(i, LARGE));
    }
    assertThat(slow.receive()).isNull();
    Fixture.join(end);
  }

  /** False if a message is not taken, and nothing that was taken gets on for five seconds. */
  private static boolean takes(HydraProducer producer, byte[] message) throws Exception {
    for (long before = -1; before != producer.unacknowledgedBytes(); ) {
      if (producer.tryBroadcast(message)) {
        return true;
      }
      before = producer.unacknowledgedBytes();
      if (producer.flush(Duration.ofSeconds(5))) {
        before = -1;
      }
    }
    return false;
  }

  /** Clients that know one node only learn of the other one. */
  @Test
  void clientsGoToAPeerWhenTheirNodeDies() throws Exception {
    PeerNode owner = node();
    PeerNode edge = edgeOf(owner);
    HydraProducer producer = producer(owner);
    HydraConsumer ours = consumer(Start.BEGINNING, owner);
    PeerProcess theirs = theirConsumer(edge);
    await(producer, 2);
    owner.tellPeers(edge);
    send(producer, 0, MESSAGES);
    assertReceives(ours, 0, MESSAGES);

    owner.close();

    send(producer, MESSAGES, MESSAGES + 100);
    producer.close();
    assertReceives(ours, MESSAGES, MESSAGES + 100);
    assertThat(ours.receive()).isNull();
    assertEnds(theirs, MESSAGES + 100);
  }

  @Test
  void anOwnerAnswersEdgesAsTheSpecificationSays() throws Exception {
    assertAllHold(attacks("link-*", node()), 30);
  }

  /**
   * What an edge asks of its owner, and what its consumers see of what comes; the owner is played.
   */
  @Test
  void anEdgeDoesWithItsOwnerAsTheSpecificationSays() throws Exception {
    PeerNode edge = node();
    PeerProcess attacks =
        attacks("edge-*", edge, "--owner-listen", "127.0.0.1:0", "--key", RELAY_KEY);
    edge.follow(attacks.awaitAfter("owner "));
    attacks.tell("begin");

    assertAllHold(attacks, 25);
  }

  private PeerProcess attacks(String names, ClusterNode node, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "attack",
                names,
                "--relay",
                HydraPeer.hostPort(node.clients()),
                "--links",
                HydraPeer.hostPort(node.links()),
                "--relay-key=" + node.key(),
                "--cluster-key",
                CLUSTER_KEY,
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
