package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.PeersMessage;
import io.hydrasync.server.ClusterStatus.Seat;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.tests.peer.RawPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any node of a cluster serves any session. */
@Timeout(60)
class MirrorIT extends ClusterScene {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void consumersAtEveryNodeGetWhatIsSentAtOne(boolean owned) throws Exception {
    TestCluster.Node a = cluster.start();
    TestCluster.Node b = cluster.start();
    TestCluster.Node c = cluster.start();
    SessionSecrets session = session(owned);
    HydraProducer producer = producer(session, a);
    for (int i = 0; i < 100; i++) {
      producer.broadcast(message(i));
    }
    List<Future<Long>> all = new ArrayList<>();
    for (TestCluster.Node node : List.of(a, b, c)) {
      HydraConsumer consumer = consumer(session, node);
      all.add(Fixture.async(() -> takeAll(consumer)));
    }
    Await.until("all are counted", () -> producer.consumers() == 3);
    for (int i = 100; i < 10_000; i++) {
      producer.broadcast(message(i));
    }
    assertThat(a.seat()).isEqualTo(Seat.OWNER);
    assertThat(b.seat()).isEqualTo(Seat.EDGE);
    producer.close();
    for (Future<Long> each : all) {
      assertThat(Fixture.join(each)).isEqualTo(10_000);
    }
  }

  /** Its lease has gone, so others would delete its session as one that nobody takes. */
  @Test
  void anEdgeVouchesForAnOwnerThatIsCutOffFromTheDirectory() throws Exception {
    UnaryOperator<HydraServer.Builder> shortly = options -> options.linger(Duration.ofSeconds(4));
    TestCluster.Node a = cluster.start(shortly);
    TestCluster.Node b = cluster.start(shortly);
    SessionSecrets session = SessionSecrets.generate();
    HydraProducer producer = producer(session, a);
    HydraConsumer consumer = consumer(session, b);
    Await.until("it is counted", () -> producer.consumers() == 1);
    producer.broadcast(message(0));
    assertThat(consumer.receive(PATIENCE).getLong()).isZero();

    cluster.store().connected(a.id(), false);
    cluster.store().expireLease(a.id());
    Await.until("the other one misses it", () -> b.status().nodes().size() == 1);

    for (int times = 1; times <= 3; times++) {
      long before = entry(session).modRevision();
      Await.until("it is written again", () -> entry(session).modRevision() > before);
      assertThat(entry(session).value().owner()).isEqualTo(a.id());
      assertThat(entry(session).value().live()).isTrue();
      producer.broadcast(message(times));
      assertThat(consumer.receive(PATIENCE).getLong()).isEqualTo(times);
    }
  }

  private Versioned<SessionEntry> entry(SessionSecrets session) {
    return Objects.requireNonNull(
        cluster.store().content().sessions().get(SessionHash.of(session.id())));
  }

  @Test
  void clientsAreToldOfNodesOnlyWhenTheseHaveChanged() throws Exception {
    TestCluster.Node node = cluster.start();
    SessionSecrets session = SessionSecrets.generate();
    RawPeer consumer = opened(RawPeer.consume(node.relay(), session));
    consumer.await(PeersMessage.class, peers -> peers.addresses().size() == 1);
    cluster.store().doubt(node.id());
    cluster.start();
    PeersMessage next = consumer.await(PeersMessage.class, peers -> true);
    assertThat(next.addresses()).hasSize(2);
  }

  @Test
  void consumersThatWaitAnywhereGetWhatAProducerSendsThatComesLater() throws Exception {
    TestCluster.Node a = cluster.start();
    TestCluster.Node b = cluster.start();
    SessionSecrets session = SessionSecrets.generate();
    HydraConsumer early = consumer(session, b);
    HydraProducer producer = producer(session, a);
    producer.broadcast(message(0));
    producer.flush();
    assertThat(early.receive(PATIENCE).getLong()).isZero();
  }
}
