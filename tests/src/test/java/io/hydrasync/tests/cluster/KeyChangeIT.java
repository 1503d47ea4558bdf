package io.hydrasync.tests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The keys of a cluster are changed, one node after the other, and whoever is there goes on. */
@Timeout(120)
class KeyChangeIT extends ClusterScene {
  private static final Duration BEAT = Duration.ofSeconds(1);

  private final List<TestCluster.Node> nodes = new ArrayList<>();
  private final SessionSecrets session = SessionSecrets.generate();
  private final KnownRelays known = KnownRelays.inMemory();
  private long sent;

  /** One step of a change, and what clients are to believe when all nodes have taken it. */
  private record Step(Path key, Optional<Path> also) {
    HydraServer.Builder in(HydraServer.Builder builder) {
      builder.keyFile(key);
      return also.map(builder::keyFileAlso).orElse(builder);
    }
  }

  private List<Step> steps() {
    Path old = directory.resolve("old.key");
    Path fresh = directory.resolve("new.key");
    return List.of(
        new Step(old, Optional.of(fresh)),
        new Step(fresh, Optional.of(old)),
        new Step(fresh, Optional.empty()));
  }

  /** Makes both files; tells the public halves. */
  private RelayKeys keys() {
    RelayKey[] keys = new RelayKey[2];
    Path[] files = {steps().get(0).key(), steps().get(2).key()};
    for (int i = 0; i < files.length; i++) {
      try (HydraServer maker = HydraServer.builder().keyFile(files[i]).bind()) {
        keys[i] = maker.relayKey();
      }
    }
    return RelayKeys.of(keys[0], keys[1]);
  }

  private void startThree() throws InterruptedException {
    Path old = steps().get(0).key();
    for (int i = 0; i < 3; i++) {
      nodes.add(cluster.start(builder -> builder.keyFile(old)));
    }
  }

  private List<RelayAddress> where() {
    return nodes.stream().map(TestCluster.Node::where).toList();
  }

  private List<RelayAddress> whereFrom(int first) {
    List<RelayAddress> all = new ArrayList<>(where());
    Collections.rotate(all, -first);
    return all;
  }

  private HydraConsumer consumer(int first, UnaryOperator<HydraConsumer.Builder> trust) {
    return opened(
        trust
            .apply(HydraConsumer.builder(whereFrom(first), session).heartbeat(BEAT))
            .start(HydraConsumer.Start.LIVE)
            .connect());
  }

  private HydraProducer producer(UnaryOperator<HydraProducer.Builder> trust) {
    HydraProducer producer =
        trust.apply(HydraProducer.builder(where(), session).heartbeat(BEAT)).connect();
    opened(producer::abort);
    return producer;
  }

  /** All get the next ten messages, and whoever trusted on first use is let in at each node. */
  private void goOn(HydraProducer producer, List<HydraConsumer> consumers) {
    for (int i = 0; i < 10; i++) {
      producer.broadcast(message(sent + i));
    }
    producer.flush();
    for (HydraConsumer consumer : consumers) {
      for (int i = 0; i < 10; i++) {
        assertThat(receive(consumer)).isEqualTo(sent + i);
      }
    }
    sent += 10;
    for (RelayAddress relay : where()) {
      try (HydraConsumer guest =
          HydraConsumer.builder(relay, session)
              .knownRelays(known)
              .start(HydraConsumer.Start.BEGINNING)
              .connect()) {
        assertThat(guest.receive()).isNotNull();
      }
    }
  }

  private static long receive(HydraConsumer consumer) {
    ByteBuffer view = consumer.receive();
    assertThat(view).isNotNull();
    return view.getLong();
  }

  private void assertRemembered(RelayKeys keys) {
    for (RelayAddress relay : where()) {
      assertThat(known.keys(KnownRelays.nameOf(relay))).contains(keys);
    }
  }

  /** In order; who reads nothing meanwhile, as the consumers here, is not waited for long. */
  private void stop(TestCluster.Node node) {
    cluster.drain(node, Duration.ofMillis(500)).join();
  }

  /** Each node is stopped and started again at its place, nine times in all. */
  @Test
  void aRelayKeyIsChangedByRestarts() throws Exception {
    RelayKeys keys = keys();
    startThree();
    HydraProducer producer = producer(builder -> builder.relayKey(keys.first()));
    List<HydraConsumer> consumers =
        List.of(
            consumer(1, builder -> builder.knownRelays(known)),
            consumer(2, builder -> builder.relayKey(keys.first())));
    goOn(producer, consumers);
    assertRemembered(RelayKeys.of(keys.first()));

    for (Step step : steps()) {
      for (int i = 0; i < 3; i++) {
        TestCluster.Node before = nodes.get(i);
        InetSocketAddress address = before.relay().address();
        stop(before);
        nodes.set(i, cluster.start(builder -> step.in(builder).address(address)));
        goOn(producer, consumers);
      }
    }
    assertRemembered(RelayKeys.of(keys.second().orElseThrow()));
    assertThatThrownBy(
            () -> HydraConsumer.builder(where(), session).relayKey(keys.first()).connect().close())
        .isInstanceOf(AuthenticationException.class);
  }

  /** Whoever is connected stays so, and follows; what is made later is made with the new key. */
  @Test
  void aRelayKeyIsChangedWhileAllOfItRuns() throws Exception {
    RelayKeys keys = keys();
    RelayKey fresh = keys.second().orElseThrow();
    startThree();
    HydraProducer producer = producer(builder -> builder.relayKey(keys.first()));
    List<HydraConsumer> consumers =
        List.of(
            consumer(1, builder -> builder.knownRelays(known)),
            consumer(2, builder -> builder.relayKey(keys.first())));
    goOn(producer, consumers);

    for (TestCluster.Node node : nodes) {
      Step unfit = steps().get(2);
      assertThatThrownBy(() -> node.relay().operator().relayKey(unfit.key(), unfit.also()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("none of the other relays of this cluster");
      assertThat(node.relay().relayKey()).isEqualTo(keys.first());
    }
    for (Step step : steps()) {
      for (TestCluster.Node node : nodes) {
        node.relay().operator().relayKey(step.key(), step.also());
        goOn(producer, consumers);
      }
      if (step.equals(steps().get(0))) {
        assertRemembered(keys);
        Await.until(
            "all nodes know each other still",
            () -> nodes.stream().allMatch(each -> each.status().nodes().size() == 3));
      }
    }
    assertRemembered(RelayKeys.of(fresh));
    assertThat(consumers.get(0).relayKey()).as("it has never left").isEqualTo(keys.first());

    for (TestCluster.Node node : List.copyOf(nodes).subList(0, 2)) {
      stop(node);
      nodes.remove(node);
    }
    goOn(producer, consumers);
    assertThat(consumers.get(0).relayKey()).isEqualTo(fresh).isEqualTo(producer.relayKey());
    assertThat(consumers.get(1).relayKey()).as("its node has never gone").isEqualTo(keys.first());
  }

  @Test
  void aClusterKeyIsChangedWhileAllOfItRuns() throws Exception {
    startThree();
    ClusterKey old = ClusterKey.of(new byte[ClusterKey.LENGTH]);
    byte[] bytes = new byte[ClusterKey.LENGTH];
    Arrays.fill(bytes, (byte) 1);
    ClusterKey fresh = ClusterKey.of(bytes);
    HydraProducer producer = producer(builder -> builder);
    List<HydraConsumer> consumers = List.of(consumer(1, builder -> builder));
    goOn(producer, consumers);

    for (int step = 0; step < 3; step++) {
      ClusterKey shown = step == 0 ? old : fresh;
      Optional<ClusterKey> also =
          step == 2 ? Optional.empty() : Optional.of(step == 0 ? fresh : old);
      for (TestCluster.Node node : nodes) {
        node.relay()
            .operator()
            .linkCredentials(shown.linkCredential(), also.map(ClusterKey::linkCredential));
        linkEachWay();
        goOn(producer, consumers);
      }
    }
    nodes.get(0).relay().operator().linkCredentials(old.linkCredential(), Optional.empty());
    assertThatThrownBy(this::linkEachWay).as("nobody believes it any more").isNotNull();
  }

  /** A session for each of the six links that there may be. */
  private void linkEachWay() {
    for (TestCluster.Node owner : nodes) {
      for (TestCluster.Node edge : nodes) {
        SessionSecrets other = SessionSecrets.generate();
        try (HydraProducer producer =
                HydraProducer.builder(List.of(owner.where()), other)
                    .reconnectTimeout(Duration.ZERO)
                    .connect();
            HydraConsumer consumer =
                HydraConsumer.builder(List.of(edge.where()), other)
                    .reconnectTimeout(Duration.ZERO)
                    .start(HydraConsumer.Start.BEGINNING)
                    .connect()) {
          producer.broadcast(message(7));
          assertThat(receive(consumer)).isEqualTo(7);
        }
      }
    }
  }
}
