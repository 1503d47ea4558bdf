package io.hydrasync.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryClusterTest {
  private static final Duration MOMENT = Duration.ofMillis(100);

  private final VirtualTimeline time = new VirtualTimeline();
  private final MemoryCluster cluster = new MemoryCluster(time);
  private final Recorder toldA = new Recorder();
  private final Recorder toldB = new Recorder();

  private Directory node(NodeId id, Recorder told) {
    Directory node = cluster.node(id);
    node.publish(Samples.node((int) id.low()));
    node.start(told);
    time.advance(MOMENT);
    return node;
  }

  private <T> T answer(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    time.advance(MOMENT);
    return future.join();
  }

  private DirectoryException.Kind failure(CompletionStage<?> stage, Duration within) {
    List<Throwable> failures = new ArrayList<>();
    stage.whenComplete((value, failure) -> failures.add(Gateway.unwrapped(failure)));
    time.advance(within);
    return ((DirectoryException) failures.get(0)).kind();
  }

  @Test
  void nodesSeeEachOtherAndOneStore() {
    Directory a = node(Samples.A, toldA);
    Directory b = node(Samples.B, toldB);
    SessionEntry entry = Samples.entry(Samples.A, 1);
    WriteOutcome written = answer(a.write(Samples.session(1), 0, entry));
    long revision = ((WriteOutcome.Written) written).revision();

    assertThat(answer(b.write(Samples.session(1), 0, Samples.entry(Samples.B, 1))))
        .isEqualTo(new WriteOutcome.Conflict(Optional.of(new Versioned<>(entry, revision))));
    assertThat(toldA.nodes).containsOnlyKeys(Samples.A, Samples.B).isEqualTo(toldB.nodes);
    assertThat(toldB.sessions).hasSize(1).isEqualTo(cluster.content().sessions());
    assertThat(answer(b.deleteAll(Map.of(Samples.session(1), revision, Samples.session(2), 1L))))
        .containsExactly(Samples.session(1));
    assertThat(toldA.sessions).isEmpty();
    b.close();
    time.advance(MOMENT);
    assertThat(toldA.nodes).containsOnlyKeys(Samples.A);
  }

  @Test
  void aNodeThatIsCutOffIsGoneWithItsLeaseAndComesBack() {
    Directory a = node(Samples.A, toldA);
    node(Samples.B, toldB);
    cluster.connected(Samples.A, false);
    assertThat(failure(a.read(Samples.session(1)), MemoryCluster.DEADLINE))
        .isEqualTo(DirectoryException.Kind.UNREACHABLE);
    time.advance(Duration.ofSeconds(8));
    assertThat(toldB.nodes).containsKey(Samples.A);
    time.advance(Duration.ofSeconds(3));
    assertThat(toldB.nodes).doesNotContainKey(Samples.A);
    assertThat(toldA.lost).hasValue(0);

    cluster.connected(Samples.A, true);
    time.advance(Duration.ofSeconds(4));
    assertThat(toldA.told).containsSubsequence("lost", "held");
    assertThat(toldA.views.size()).isGreaterThan(1);
    assertThat(toldB.nodes).containsKey(Samples.A);
  }

  @Test
  void anExpiredLeaseIsToldAndRenewalsGoOn() {
    node(Samples.A, toldA);
    time.advance(Duration.ofSeconds(60));
    assertThat(toldA.lost).hasValue(0);
    cluster.expireLease(Samples.A);
    time.advance(Duration.ofSeconds(4));

    assertThat(toldA.lost).hasValue(1);
    assertThat(toldA.held).hasValue(2);
  }

  @Test
  void aFullStoreTakesDeletesOnly() {
    Directory a = node(Samples.A, toldA);
    WriteOutcome written = answer(a.write(Samples.session(1), 0, Samples.entry(Samples.A, 1)));
    cluster.writable(false);

    assertThat(failure(a.write(Samples.session(2), 0, Samples.entry(Samples.A, 1)), MOMENT))
        .isEqualTo(DirectoryException.Kind.NOT_WRITABLE);
    assertThat(answer(a.delete(Samples.session(1), ((WriteOutcome.Written) written).revision())))
        .isInstanceOf(WriteOutcome.Written.class);
  }

  /** As at a member that stood still: given up, and done all the same. */
  @Test
  void aWriteMayBeDoneAfterItWasGivenUp() {
    Directory a = node(Samples.A, toldA);
    cluster.faults(
        new MemoryFaults() {
          @Override
          public Duration requestDelay(NodeId node) {
            return Duration.ofSeconds(3);
          }
        });
    assertThat(
            failure(
                a.write(Samples.session(1), 0, Samples.entry(Samples.A, 1)),
                MemoryCluster.DEADLINE))
        .isEqualTo(DirectoryException.Kind.UNREACHABLE);
    assertThat(cluster.content().sessions()).isEmpty();
    time.advance(Duration.ofSeconds(3));
    assertThat(cluster.content().sessions()).containsKey(Samples.session(1));
  }

  /** Whatever the network does, nodes know in the end what the store has, and never go back. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void nodesComeToKnowWhatTheStoreHas(int seed) {
    Random random = new Random(seed);
    Directory a = node(Samples.A, toldA);
    Directory b = node(Samples.B, toldB);
    cluster.faults(new Storm(random));
    for (int i = 0; i < 500; i++) {
      step(random.nextBoolean() ? a : b, Samples.session(random.nextInt(5)), random);
      time.advance(Duration.ofMillis(random.nextInt(300)));
      if (random.nextInt(40) == 0) {
        cluster.connected(Samples.A, random.nextBoolean());
      }
    }
    cluster.faults(MemoryFaults.NONE);
    cluster.connected(Samples.A, true);
    time.advance(Duration.ofSeconds(30));

    assertThat(toldA.sessions).isEqualTo(cluster.content().sessions());
    assertThat(toldB.sessions).isEqualTo(cluster.content().sessions());
    assertThat(toldA.nodes).isEqualTo(cluster.content().nodes()).hasSize(2);
    assertThat(toldA.views.size()).isGreaterThan(1);
  }

  private static void step(Directory node, SessionHash hash, Random random) {
    node.read(hash)
        .thenAccept(
            there -> {
              long expected = there.map(Versioned::modRevision).orElse(0L);
              if (expected > 0 && random.nextInt(3) == 0) {
                node.delete(hash, expected);
              } else {
                node.write(hash, expected, Samples.entry(node.self(), random.nextInt(100)));
              }
            });
  }

  /** Everything that may happen. */
  private record Storm(Random random) implements MemoryFaults {
    @Override
    public Duration requestDelay(NodeId node) {
      return Duration.ofMillis(random.nextInt(10) == 0 ? 2_000 : random.nextInt(50));
    }

    @Override
    public Duration answerDelay(NodeId node) {
      return Duration.ofMillis(random.nextInt(50));
    }

    @Override
    public boolean losesRequest(NodeId node) {
      return random.nextInt(20) == 0;
    }

    @Override
    public boolean losesAnswer(NodeId node) {
      return random.nextInt(20) == 0;
    }

    @Override
    public Duration eventDelay(NodeId node) {
      return Duration.ofMillis(random.nextInt(500));
    }

    @Override
    public int eventCopies(NodeId node) {
      return random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(2);
    }
  }

  @Test
  void aClosedViewSaysSo() {
    Directory a = node(Samples.A, toldA);
    CompletionStage<?> waits = a.read(Samples.session(1));
    a.close();

    assertThat(failure(waits, MOMENT)).isEqualTo(DirectoryException.Kind.CLOSED);
    assertThat(failure(a.read(Samples.session(1)), MOMENT))
        .isEqualTo(DirectoryException.Kind.CLOSED);
    assertThatThrownBy(() -> a.start(toldA)).isInstanceOf(IllegalStateException.class);
    assertThat(cluster.content().nodes()).isEmpty();
  }

  @Test
  void timeMayPassAsItDoes() throws Exception {
    try (MemoryCluster real = new MemoryCluster();
        Directory node = real.node(Samples.A)) {
      node.publish(Samples.node(1));
      node.start(toldA);
      Await.until("the lease is held", () -> toldA.held.get() == 1);
      assertThat(Await.answer(node.write(Samples.session(1), 0, Samples.entry(Samples.A, 1))))
          .isInstanceOf(WriteOutcome.Written.class);
      Await.until("it is told", () -> toldA.sessions.size() == 1);
    }
  }
}
