package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.ClusterStatus.Seat;
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
}
