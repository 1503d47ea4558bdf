package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.ClusterStatus.Seat;
import io.hydrasync.server.RelayStatus;
import io.hydrasync.server.SessionStatus;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The node that has a session's producer goes away: the session goes on at another one. */
@Timeout(60)
class OwnerMovesIT extends ClusterScene {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSessionGoesOnWhereItsProducerComesTo(boolean owned) throws Exception {
    TestCluster.Node a = cluster.start();
    TestCluster.Node b = cluster.start();
    TestCluster.Node c = cluster.start();
    SessionSecrets session = session(owned);
    HydraProducer producer = producer(session, a, b, c);
    List<Future<Long>> all = new ArrayList<>();
    for (HydraConsumer consumer :
        List.of(
            consumer(session, a, b, c), consumer(session, b, c, a), consumer(session, c, b, a))) {
      all.add(Fixture.async(() -> takeAll(consumer)));
    }
    Await.until("all are counted", () -> producer.consumers() == 3);
    for (int i = 0; i < 1_000; i++) {
      producer.broadcast(message(i));
    }

    cluster.stop(a);
    for (int i = 1_000; i < 2_000; i++) {
      producer.broadcast(message(i));
    }
    producer.flush();
    Await.until(
        "one of the others owns it", () -> b.seat() == Seat.OWNER || c.seat() == Seat.OWNER);
    Await.until("all are counted again", () -> producer.consumers() == 3);
    TestCluster.Node owner = b.seat() == Seat.OWNER ? b : c;
    TestCluster.Node edge = owner == b ? c : b;
    assertLinksAreNoClients(owner, edge);

    producer.close();
    for (Future<Long> each : all) {
      assertThat(Fixture.join(each)).isEqualTo(2_000);
    }
  }

  /** The producer goes first, then the consumers, who lose nothing and wait for nothing. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOwnerThatIsDrainedLosesNothing(boolean owned) throws Exception {
    TestCluster.Node a = cluster.start();
    TestCluster.Node b = cluster.start();
    SessionSecrets session = session(owned);
    HydraProducer producer = producer(session, a);
    List<Future<Long>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      HydraConsumer consumer = consumer(session, a);
      all.add(Fixture.async(() -> takeAll(consumer)));
    }
    Await.until("all are counted", () -> producer.consumers() == 3);

    CompletableFuture<Boolean> drained = cluster.drain(a, Duration.ofSeconds(10));
    long sent = 0;
    while (!drained.isDone()) {
      producer.broadcast(message(sent++));
      producer.flush();
    }
    assertThat(drained).isCompletedWithValue(true);
    assertThat(b.seat()).isEqualTo(Seat.OWNER);
    producer.broadcast(message(sent++));
    producer.close();
    for (Future<Long> each : all) {
      assertThat(Fixture.join(each)).isEqualTo(sent);
    }
  }

  /** Each time the session comes back to a node that has mirrored it, and goes on in its log. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itMovesAgainAndAgain(boolean owned) throws Exception {
    TestCluster.Node a = cluster.start();
    TestCluster.Node b = cluster.start();
    SessionSecrets session = session(owned);
    HydraProducer producer = producer(session, a, b);
    HydraConsumer consumer = consumer(session, b, a);
    Future<Long> all = Fixture.async(() -> takeAll(consumer));
    List<TestCluster.Node> nodes = new ArrayList<>(List.of(a, b));
    long sent = 0;
    for (int move = 0; move < 4; move++) {
      for (int i = 0; i < 500; i++) {
        producer.broadcast(message(sent++));
      }
      producer.flush();
      TestCluster.Node owner =
          nodes.stream().filter(node -> node.seat() == Seat.OWNER).findAny().orElseThrow();
      nodes.remove(owner);
      nodes.add(cluster.start());
      cluster.stop(owner);
      producer.broadcast(message(sent++));
      producer.flush();
      Await.until("the consumer is counted", () -> producer.consumers() == 1);
    }
    producer.close();
    assertThat(Fixture.join(all)).isEqualTo(sent);
  }

  /** One link between the two, whose bytes are nobody else's; three consumers, one producer. */
  private static void assertLinksAreNoClients(TestCluster.Node owner, TestCluster.Node edge)
      throws InterruptedException {
    Await.until(
        "the link is the only one",
        () ->
            owner.relay().operator().status().linksTaken() == 1
                && edge.relay().operator().status().linksMade() == 1);
    RelayStatus there = owner.relay().operator().status();
    RelayStatus here = edge.relay().operator().status();
    assertThat(there.takeovers()).isEqualTo(1);
    assertThat(here.takeovers()).isZero();
    assertThat(there.linksMade() + here.linksTaken()).isZero();
    assertThat(there.joining() + here.joining()).isZero();
    assertThat(there.connections().get(Role.CONSUMER) + here.connections().get(Role.CONSUMER))
        .isEqualTo(3);
    assertThat(there.linkSentBytes()).isPositive();
    assertThat(here.linkReceivedBytes()).isPositive();
    assertThat(there.handshakes().get("failed") + here.handshakes().get("failed")).isZero();
    SessionStatus owned = owner.relay().operator().sessions(TestCluster.ENOUGH).get(0);
    SessionStatus mirrored = edge.relay().operator().sessions(TestCluster.ENOUGH).get(0);
    assertThat(owned.links()).hasSize(1);
    assertThat(mirrored.links()).isEmpty();
    assertThat(owned.consumers().size() + mirrored.consumers().size()).isEqualTo(3);
    assertThat(owned.seat().orElseThrow().seat()).isEqualTo(Seat.OWNER);
    assertThat(mirrored.seat().orElseThrow().seat()).isEqualTo(Seat.EDGE);
  }
}
