package io.hydrasync.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.WriteOutcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The directory over HTTP, in real time: what a network and the JDK's client have to do with. */
class HttpTransportTest {
  private static final String LONG = "x".repeat(1 << 20);

  private final FakeEtcd etcd = new FakeEtcd();
  private final Recorder told = new Recorder();
  private FakeMembers members;
  private EtcdDirectory directory;

  private void start(int count) throws Exception {
    members = new FakeMembers(etcd, count);
    directory = EtcdDirectory.builder(members.endpoints(), Samples.KEY).build();
    directory.publish(Samples.node(1));
    directory.start(told);
    Await.until("the lease is held", () -> told.held.get() == 1 && told.views.size() == 1);
  }

  @AfterEach
  void close() {
    directory.close();
    members.close();
  }

  private Duration timed(CompletionStage<?> stage) throws Exception {
    long begin = System.nanoTime();
    Await.answer(stage);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private long askedOfFirst() {
    return etcd.requests(FakeEtcd.RANGE).stream().filter(request -> request.member() == 1).count();
  }

  @Test
  void writesReadsAndWatches() throws Exception {
    start(1);
    WriteOutcome written =
        Await.answer(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1)));

    assertThat(written).isInstanceOf(WriteOutcome.Written.class);
    Await.until("the watch has it", () -> told.sessions.containsKey(Samples.session(1)));
    assertThat(Await.answer(directory.read(Samples.session(1))).orElseThrow().value())
        .isEqualTo(Samples.entry(Samples.A, 1));
    assertThat(
            Await.answer(
                directory.delete(Samples.session(1), ((WriteOutcome.Written) written).revision())))
        .isInstanceOf(WriteOutcome.Written.class);
    Await.until("the watch has it", () -> told.sessions.isEmpty());
    Await.until("all is well", () -> directory.state().equals(DirectoryState.GOOD));
  }

  /** It takes the connection and never answers. */
  @Test
  void aFrozenMemberCostsASecond() throws Exception {
    start(2);
    etcd.frozen.add(1);

    assertThat(timed(directory.read(Samples.session(1))))
        .isBetween(Duration.ofMillis(950), Duration.ofSeconds(10));
    long asked = askedOfFirst();
    Await.answer(directory.read(Samples.session(1)));
    assertThat(askedOfFirst()).as("only once").isEqualTo(asked);
  }

  /** The timeout of the JDK's client would have ended with the headers. */
  @Test
  void soDoesOneThatStopsWithinAnAnswer() throws Exception {
    start(2);
    etcd.script(
        FakeEtcd.RANGE,
        (request, reply) -> {
          reply.begin(200);
          reply.write("{\"header\"");
        });

    assertThat(timed(directory.read(Samples.session(1))))
        .isBetween(Duration.ofMillis(950), Duration.ofSeconds(10));
  }

  @Test
  void aMemberThatIsDownCostsNothing() throws Exception {
    start(2);
    members.stop(1);

    assertThat(Await.answer(directory.read(Samples.session(1)))).isEmpty();
    Await.until(
        "the watch is made elsewhere",
        () -> etcd.requests(FakeEtcd.WATCH).stream().anyMatch(request -> request.member() == 2));
    etcd.write("/hydra/1/session/" + Samples.session(9), new byte[0]);
    Await.until("it brings what is new", () -> told.sessions.containsKey(Samples.session(9)));
  }

  @Test
  void anAnswerThatIsTooLongIsNotTaken() throws Exception {
    start(1);
    etcd.script(
        FakeEtcd.RANGE,
        (request, reply) -> {
          reply.begin(200);
          for (int i = 0; i <= Gateway.MAX_ANSWER / LONG.length(); i++) {
            reply.write(LONG);
          }
        });

    assertThatThrownBy(() -> Await.answer(directory.read(Samples.session(1))))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            DirectoryException.class,
            e -> assertThat(e.kind()).isEqualTo(DirectoryException.Kind.UNREACHABLE));
    assertThat(Await.answer(directory.read(Samples.session(1)))).isEmpty();
  }

  @Test
  void aMessageOfAWatchThatIsTooLongIsADoubt() throws Exception {
    start(1);
    etcd.onWatches(1, LONG.repeat(Watch.MAX_LINE / LONG.length() + 1));
    Await.until("all is read again", () -> told.views.size() > 1);
  }

  @Test
  void closingEndsItsThreadAndGivesTheLeaseBack() throws Exception {
    start(1);
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("hydra-directory"))
            .toList();
    directory.close();

    assertThat(etcd.content()).isEmpty();
    assertThat(threads).isNotEmpty();
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(30).toMillis());
      assertThat(thread.isAlive()).isFalse();
    }
    directory.close();
  }

  @Test
  void anInterruptEndsTheWaitAndNotTheClosing() throws Exception {
    start(1);
    etcd.frozen.add(1);
    Thread.currentThread().interrupt();
    directory.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThatThrownBy(() -> Await.answer(directory.read(Samples.session(1))))
        .cause()
        .isInstanceOfSatisfying(
            DirectoryException.class,
            e -> assertThat(e.kind()).isEqualTo(DirectoryException.Kind.CLOSED));
  }
}
