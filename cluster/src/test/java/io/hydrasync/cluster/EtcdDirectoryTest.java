package io.hydrasync.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.server.cluster.Directory;
import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.DirectoryState;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.SessionHash;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The directory in virtual time, against members that fail as real ones were seen to. */
class EtcdDirectoryTest {
  private static final Duration MOMENT = Duration.ofMillis(100);
  private static final String SESSION = "/hydra/1/session/";
  private static final String NODE = "/hydra/1/node/";

  private final VirtualTimeline time = new VirtualTimeline();
  private final FakeEtcd etcd = new FakeEtcd();
  private final FakeTransport network = new FakeTransport(time, etcd);
  private final Recorder told = new Recorder();
  private final Values values = new Values(Samples.KEY, Optional.empty());

  private EtcdDirectory directory(int members) {
    return new EtcdDirectory(
        EtcdDirectory.builder(FakeTransport.members(members), Samples.KEY).self(Samples.A),
        time,
        network);
  }

  private EtcdDirectory started(int members) {
    EtcdDirectory directory = directory(members);
    directory.publish(Samples.node(1));
    directory.start(told);
    time.advance(MOMENT);
    return directory;
  }

  private <T> T answer(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    time.advance(MOMENT);
    assertThat(future).as("answered within %s", MOMENT).isDone();
    return future.join();
  }

  private DirectoryException.Kind failure(CompletionStage<?> stage) {
    List<Throwable> failures = new ArrayList<>();
    stage.whenComplete((value, failure) -> failures.add(Gateway.unwrapped(failure)));
    time.advance(MOMENT);
    assertThat(failures).singleElement().isInstanceOf(DirectoryException.class);
    return ((DirectoryException) failures.get(0)).kind();
  }

  private static String key(long session) {
    return SESSION + Samples.session(session);
  }

  @Test
  void beginsWithEverythingAndItsOwnKey() {
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(2)));
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    etcd.write("/hydra/1/what/ever", new byte[1]);
    etcd.write("/hydra/10", new byte[1]);
    etcd.write("/other/1/session/" + Samples.session(3), new byte[1]);
    started(1);

    assertThat(told.views).hasSize(1);
    assertThat(told.sessions.keySet()).containsExactly(Samples.session(1));
    assertThat(told.nodes.keySet()).containsExactlyInAnyOrder(Samples.A, Samples.B);
    assertThat(told.held).hasValue(1);
    assertThat(etcd.content()).containsKey(NODE + Samples.A);
    time.advance(Duration.ofSeconds(1));
    assertThat(told.states).containsExactly(DirectoryState.UNKNOWN, DirectoryState.GOOD);
  }

  @Test
  void everyRequestAsksForAMemberWithALeader() {
    answer(started(1).read(Samples.session(1)));

    assertThat(etcd.requests)
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request.headers())
                    .containsEntry("Grpc-Metadata-hasleader", "true")
                    .doesNotContainKey("Authorization"));
  }

  @Test
  void ofTwoWritersOneIsTold() {
    EtcdDirectory directory = started(1);
    SessionEntry first = Samples.entry(Samples.A, 1);
    SessionEntry second = Samples.entry(Samples.B, 1);

    WriteOutcome written = answer(directory.write(Samples.session(1), 0, first));
    WriteOutcome conflict = answer(directory.write(Samples.session(1), 0, second));

    long revision = ((WriteOutcome.Written) written).revision();
    assertThat(conflict)
        .isEqualTo(new WriteOutcome.Conflict(Optional.of(new Versioned<>(first, revision))));
    assertThat(answer(directory.read(Samples.session(1))))
        .contains(new Versioned<>(first, revision));
    assertThat(answer(directory.write(Samples.session(1), revision, second)))
        .isInstanceOf(WriteOutcome.Written.class);
    assertThat(answer(directory.delete(Samples.session(1), revision)))
        .isInstanceOf(WriteOutcome.Conflict.class);
    assertThat(answer(directory.delete(Samples.session(2), 7)))
        .isEqualTo(new WriteOutcome.Conflict(Optional.empty()));
  }

  @Test
  void manyAreDeletedAtOnceEachForItself() {
    EtcdDirectory directory = started(1);
    Map<SessionHash, Long> all = new HashMap<>();
    for (int i = 0; i < Directory.MAX_BATCH; i++) {
      all.put(Samples.session(i), etcd.write(key(i), new byte[0]));
    }
    etcd.write(key(5), new byte[1]);

    Set<SessionHash> deleted = answer(directory.deleteAll(all));

    assertThat(deleted).hasSize(Directory.MAX_BATCH - 1).doesNotContain(Samples.session(5));
    assertThat(etcd.content()).containsKey(key(5)).doesNotContainKey(key(6));
    assertThat(etcd.count(FakeEtcd.TXN)).isEqualTo(1);
    all.put(Samples.session(100), 1L);
    assertThatThrownBy(() -> directory.deleteAll(all)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void changesComeInOrderAndOnlyOnce() {
    started(1);
    told.told.clear();
    long first = etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    etcd.erase(key(1));
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(2)));
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(2)));
    etcd.erase(NODE + Samples.B);
    time.advance(MOMENT);

    assertThat(told.told)
        .containsExactly(
            "session 1 at " + first,
            "session gone 1 at " + (first + 1),
            "node " + Samples.B,
            "node gone " + Samples.B);
  }

  /** What the watch brings from before an answer is no news; the newest and what follows is. */
  @Test
  void whatIsOlderThanAnAnswerIsNotTold() {
    EtcdDirectory directory = started(1);
    etcd.silentWatches.add(1);
    long foreign = etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    WriteOutcome own =
        answer(directory.write(Samples.session(1), foreign, Samples.entry(Samples.A, 1)));
    assertThat(answer(directory.read(Samples.session(2)))).isEmpty();
    told.told.clear();

    long written = ((WriteOutcome.Written) own).revision();
    byte[] late = Values.session(Samples.entry(Samples.B, 1));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(1), late, 1, foreign)), false));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(2), late, 1, written)), false));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(2), null, 0, written + 1)), false));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(3), late, 1, written - 1)), false));
    time.advance(MOMENT);

    assertThat(told.sessionsTold()).containsExactly("session gone 2 at " + (written + 1));
  }

  @Test
  void aWriteIsKnownBetterThanTheAbsenceBeforeIt() {
    Floors floors = new Floors();
    SessionHash hash = Samples.session(1);
    floors.absent(hash, 7);
    assertThat(floors.isNews(hash, 7, true)).isTrue();
    assertThat(floors.isNews(hash, 7, false)).isFalse();
    floors.known(hash, 8);
    assertThat(floors.isNews(hash, 7, true)).isFalse();
    assertThat(floors.isNews(hash, 8, false)).isTrue();
    floors.known(hash, 5);
    assertThat(floors.isNews(hash, 7, false)).isFalse();
    floors.passed(7);
    assertThat(floors.size()).isEqualTo(1);
    floors.passed(8);
    assertThat(floors.size()).isZero();
  }

  /** A revision that comes in pieces is not over before its last piece. */
  @Test
  void aMessageInPiecesIsTakenWhole() {
    started(1);
    etcd.silentWatches.add(1);
    told.told.clear();
    long revision = etcd.revision() + 1;
    byte[] value = Values.session(Samples.entry(Samples.B, 1));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(1), value, 1, revision)), true));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(2), value, 1, revision)), false));
    etcd.onWatches(1, etcd.watchLine(List.of(FakeEtcd.event(key(2), value, 1, revision)), false));
    time.advance(MOMENT);

    assertThat(told.sessionsTold())
        .containsExactly("session 1 at " + revision, "session 2 at " + revision);
  }

  @Test
  void allIsReadInPagesOfOneRevision() {
    for (int i = 0; i < 2 * Snapshot.PAGE + 1; i++) {
      etcd.write(key(i), new byte[0]);
    }
    started(1);

    assertThat(told.sessions).hasSize(2 * Snapshot.PAGE + 1);
    List<FakeEtcd.Request> pages = etcd.requests(FakeEtcd.RANGE);
    assertThat(pages).hasSize(3);
    assertThat(pages.get(0).body().has("revision")).isFalse();
    assertThat(pages.get(2).body().get("revision").getAsString())
        .isEqualTo(Long.toString(2 * Snapshot.PAGE + 2));
    assertThat(told.sessions.values())
        .extracting(Versioned::value)
        .containsOnly(SessionEntry.UNREADABLE);
  }

  /** What cannot be sent in a second is asked for in smaller pieces, from where it was. */
  @Test
  void aPageThatDoesNotComeInTimeIsMadeShorter() {
    for (int i = 0; i < Snapshot.PAGE + 1; i++) {
      etcd.write(key(i), new byte[0]);
    }
    etcd.script(FakeEtcd.RANGE, (request, reply) -> reply.begin(200));
    started(1);
    time.advance(Duration.ofSeconds(2));

    assertThat(told.sessions).hasSize(Snapshot.PAGE + 1);
    assertThat(etcd.requests(FakeEtcd.RANGE))
        .extracting(request -> request.body().get("limit").getAsString())
        .containsExactly("5000", "2500", "2500", "2500");
  }

  /** Its revision may be compacted meanwhile. */
  @Test
  void aSnapshotThatIsGoneIsReadAgain() {
    for (int i = 0; i < Snapshot.PAGE + 1; i++) {
      etcd.write(key(i), new byte[0]);
    }
    etcd.script(
        FakeEtcd.RANGE,
        (request, reply) ->
            FakeEtcd.answer(reply, 400, "{\"error\":\"x\",\"message\":\"x\",\"code\":11}"));
    started(1);
    time.advance(MOMENT);

    assertThat(told.views).hasSize(1);
    assertThat(told.sessions).hasSize(Snapshot.PAGE + 1);
  }

  @Test
  void blanksInJsonDoNotMatter() {
    etcd.blanks = true;
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(2)));
    EtcdDirectory directory = started(1);
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));

    assertThat(answer(directory.read(Samples.session(1)))).isPresent();
    assertThat(told.sessions).hasSize(1);
    assertThat(told.nodes).hasSize(2);
  }

  @Test
  void aFrozenMemberCostsASecond() {
    EtcdDirectory directory = started(3);
    etcd.frozen.add(1);
    CompletableFuture<?> read = directory.read(Samples.session(1)).toCompletableFuture();

    time.advance(Duration.ofMillis(990));
    assertThat(read).isNotDone();
    time.advance(MOMENT);
    assertThat(read).isCompleted();
    answer(directory.read(Samples.session(1)));
  }

  /** Nobody knows whether it was done; and it may be done later. */
  @Test
  void aWriteThatIsNotAnsweredIsUnknown() {
    EtcdDirectory directory = started(3);
    etcd.frozen.add(1);
    CompletionStage<?> write = directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1));
    time.advance(Duration.ofSeconds(1));

    assertThat(failure(write)).isEqualTo(DirectoryException.Kind.UNREACHABLE);
    assertThat(answer(directory.read(Samples.session(1)))).isEmpty();
    etcd.thaw(1);
    assertThat(answer(directory.read(Samples.session(1))).orElseThrow().value())
        .isEqualTo(Samples.entry(Samples.A, 1));
  }

  @Test
  void aMemberThatIsDownIsPassedOverByWritesToo() {
    EtcdDirectory directory = started(3);
    network.down.add(1);
    network.down.add(2);

    assertThat(answer(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1))))
        .isInstanceOf(WriteOutcome.Written.class);
    network.down.add(3);
    assertThat(failure(directory.read(Samples.session(1))))
        .isEqualTo(DirectoryException.Kind.UNREACHABLE);
  }

  @Test
  void aMemberWithoutLeaderIsLeft() {
    EtcdDirectory directory = started(2);
    etcd.leaderless.add(1);

    assertThat(answer(directory.read(Samples.session(1)))).isEmpty();
    assertThat(answer(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1))))
        .isInstanceOf(WriteOutcome.Written.class);
  }

  /** 3.4 says 500 and code 2, 3.5 says 504 and code 4, a leader that goes 503 and code 14. */
  @Test
  void withoutQuorumAWriteIsUnknown() {
    EtcdDirectory directory = started(2);
    for (String answer :
        List.of(
            "500 {\"error\":\"context deadline exceeded\",\"message\":\"x\",\"code\":2}",
            "504 {\"code\":4,\"message\":\"x\",\"details\":[]}",
            "503 {\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"x\"}}")) {
      etcd.script(FakeEtcd.TXN, Integer.parseInt(answer.substring(0, 3)), answer.substring(4));
      assertThat(failure(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1))))
          .as(answer)
          .isEqualTo(DirectoryException.Kind.UNREACHABLE);
    }
  }

  @Test
  void whatIsRefusedSaysWhy() {
    EtcdDirectory directory = started(2);
    etcd.script(FakeEtcd.RANGE, 403, "{\"error\":\"x\",\"message\":\"x\",\"code\":7}");
    assertThat(failure(directory.read(Samples.session(1))))
        .isEqualTo(DirectoryException.Kind.REFUSED);
    etcd.script(FakeEtcd.RANGE, 404, "404 page not found\n");
    assertThat(failure(directory.read(Samples.session(1))))
        .isEqualTo(DirectoryException.Kind.REFUSED);
    etcd.script(FakeEtcd.RANGE, 400, "CommonName of client sending a request is ignored\n");
    assertThat(failure(directory.read(Samples.session(1))))
        .isEqualTo(DirectoryException.Kind.REFUSED);
    etcd.script(FakeEtcd.RANGE, 200, "<html>");
    assertThat(answer(directory.read(Samples.session(1)))).as("the next one answers").isEmpty();
  }

  /** Reads, deletes and keep-alives go on, and no other member is asked: it is as full. */
  @Test
  void aFullEtcdIsNotWritable() {
    EtcdDirectory directory = started(3);
    long there = etcd.write(key(1), new byte[0]);
    etcd.full = true;
    long before = etcd.count(FakeEtcd.TXN);

    assertThat(failure(directory.write(Samples.session(2), 0, Samples.entry(Samples.A, 1))))
        .isEqualTo(DirectoryException.Kind.NOT_WRITABLE);
    assertThat(etcd.count(FakeEtcd.TXN)).isEqualTo(before + 1);
    assertThat(answer(directory.delete(Samples.session(1), there)))
        .isInstanceOf(WriteOutcome.Written.class);
    time.advance(Duration.ofSeconds(30));
    assertThat(directory.state().reachable()).isTrue();
    assertThat(directory.state().writable()).isFalse();
    assertThat(directory.state().problem()).contains("compact", "defragment", "disarm");
    assertThat(told.lost).hasValue(0);
    etcd.full = false;
    time.advance(Duration.ofSeconds(4));
    assertThat(directory.state()).isEqualTo(DirectoryState.GOOD);
  }

  @Test
  void theLeaseIsRenewedAndTheKeyRewritten() {
    started(1);
    time.advance(Duration.ofSeconds(30));

    assertThat(etcd.count(FakeEtcd.KEEP_ALIVE)).isBetween(9L, 11L);
    assertThat(etcd.count(FakeEtcd.PUT)).isBetween(9L, 12L);
    assertThat(etcd.count(FakeEtcd.GRANT)).isEqualTo(1);
    assertThat(told.views).hasSize(1);
  }

  /** A keep-alive without TTL, status 200. */
  @Test
  void aLostLeaseIsToldAndANewOneHeld() {
    started(1);
    told.told.clear();
    etcd.expireAll();
    time.advance(Duration.ofSeconds(4));

    assertThat(told.told)
        .containsSubsequence("node gone " + Samples.A, "lost", "held")
        .containsSubsequence("lost", "snapshot");
    assertThat(told.nodes).containsKey(Samples.A);
    assertThat(etcd.count(FakeEtcd.GRANT)).isEqualTo(2);
  }

  @Test
  void tellsHowLongItsLeaseRunsAtTheLeast() {
    EtcdDirectory directory = directory(1);
    assertThat(directory.leaseLeft()).isEmpty();
    directory.publish(Samples.node(1));
    directory.start(told);
    time.advance(Duration.ofSeconds(1));
    assertThat(directory.leaseLeft().orElseThrow())
        .isBetween(Duration.ofMillis(8_500), Duration.ofSeconds(9));

    time.advance(Duration.ofSeconds(29));
    assertThat(directory.leaseLeft().orElseThrow())
        .as("it is renewed every three seconds")
        .isBetween(Duration.ofMillis(6_500), NodeLease.TTL);

    network.down.add(1);
    time.advance(Duration.ofSeconds(6));
    Duration last = directory.leaseLeft().orElseThrow();
    assertThat(last).isLessThan(Duration.ofSeconds(5));
    time.advance(Duration.ofSeconds(6));
    assertThat(directory.leaseLeft()).contains(Duration.ZERO);
  }

  @Test
  void aFailedKeepAliveIsNoLostLease() {
    started(1);
    network.down.add(1);
    time.advance(Duration.ofSeconds(30));
    assertThat(told.lost).hasValue(0);
    assertThat(told.states.get(told.states.size() - 1).reachable()).isFalse();
    network.down.clear();
    time.advance(Duration.ofSeconds(4));

    assertThat(told.states.get(told.states.size() - 1)).isEqualTo(DirectoryState.GOOD);
    assertThat(told.held).hasValue(1);
  }

  /** As at a frozen member: nothing comes, not even an end. */
  @Test
  void aWatchThatDoesNotShowTheOwnKeyIsLeft() {
    started(2);
    etcd.silentWatches.add(1);
    long written = etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    told.told.clear();
    time.advance(Duration.ofSeconds(7));
    assertThat(told.sessions).isEmpty();
    time.advance(Duration.ofSeconds(2));

    assertThat(told.sessionsTold()).containsExactly("session 1 at " + written);
    assertThat(told.views).as("no doubt: it goes on from where it was").hasSize(1);
    assertThat(etcd.requests(FakeEtcd.WATCH)).extracting(FakeEtcd.Request::member).contains(2);
  }

  @Test
  void aWatchThatEndsGoesOnElsewhere() {
    started(2);
    told.told.clear();
    etcd.onWatches(
        1,
        "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"no leader\","
            + "\"http_status\":\"Service Unavailable\"}}");
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    time.advance(Duration.ofSeconds(1));
    etcd.endWatches(2);
    etcd.write(key(2), Values.session(Samples.entry(Samples.B, 1)));
    time.advance(Duration.ofSeconds(1));

    assertThat(told.sessions).hasSize(2);
    assertThat(told.views).hasSize(1);
    assertThat(told.sessionsTold()).hasSize(2);
  }

  @Test
  void aWatchThatIsRefusedIsMadeElsewhere() {
    etcd.script(
        FakeEtcd.WATCH, 503, "{\"error\":{\"grpc_code\":14,\"http_code\":503,\"message\":\"x\"}}");
    started(2);
    time.advance(Duration.ofSeconds(1));
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    time.advance(MOMENT);

    assertThat(told.sessions).hasSize(1);
    assertThat(etcd.requests(FakeEtcd.WATCH))
        .extracting(FakeEtcd.Request::member)
        .containsExactly(1, 2);
  }

  @Test
  void aWatchThatIsNotAnsweredIsMadeElsewhere() {
    etcd.script(FakeEtcd.WATCH, (request, reply) -> reply.begin(200));
    started(2);
    time.advance(Duration.ofSeconds(2));
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    time.advance(MOMENT);

    assertThat(told.sessions).hasSize(1);
  }

  /** Compacted, no right, a bad token: it stays open and silent, and what was missed is unknown. */
  @Test
  void aCanceledWatchIsADoubt() {
    started(1);
    etcd.silentWatches.add(1);
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 1)));
    etcd.silentWatches.clear();
    etcd.onWatches(1, "{\"result\":{\"header\":{},\"canceled\":true,\"compact_revision\":\"9\"}}");
    time.advance(MOMENT);

    assertThat(told.views).hasSize(2);
    assertThat(told.sessions).hasSize(1);
  }

  /** A refused token cancels with its creation; that must not be tried without end. */
  @Test
  void aWatchThatIsAlwaysCanceledIsTriedMoreAndMoreSeldom() {
    for (int i = 0; i < 1000; i++) {
      etcd.script(
          FakeEtcd.WATCH,
          200,
          "{\"result\":{\"watch_id\":\"-1\",\"created\":true,\"canceled\":true}}\n");
    }
    started(1);
    time.advance(Duration.ofSeconds(30));

    assertThat(told.views.size()).isBetween(5, 20);
  }

  /** As after a backup was played back: ids are the same, the revision is lower. */
  @Test
  void anAnswerOfALowerRevisionIsADoubt() {
    EtcdDirectory directory = started(1);
    for (int i = 0; i < 20; i++) {
      etcd.write(key(i), new byte[0]);
    }
    answer(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1)));
    etcd.restore(5, Map.of(key(30), Values.session(Samples.entry(Samples.B, 3))));
    answer(directory.read(Samples.session(1)));

    assertThat(told.views).hasSize(2);
    assertThat(told.sessions.keySet()).containsExactly(Samples.session(30));
    etcd.write(key(1), Values.session(Samples.entry(Samples.B, 3)));
    time.advance(MOMENT);
    assertThat(told.sessions).containsKey(Samples.session(1));
    assertThat(told.views).hasSize(2);
  }

  /** A watch from a future revision would be silent until that has come. */
  @Test
  void aWatchThatIsCreatedBelowItsStartIsADoubt() {
    started(1);
    for (int i = 0; i < 20; i++) {
      etcd.write(key(i), new byte[0]);
    }
    time.advance(MOMENT);
    etcd.restore(5, Map.of());
    etcd.endWatches(1);
    time.advance(Duration.ofSeconds(1));

    assertThat(told.views.size()).isGreaterThan(1);
    assertThat(told.sessions).isEmpty();
  }

  @Test
  void whatHasAWrongMacDoesNotCount() {
    Values foreign = new Values(Samples.OTHER_KEY, Optional.empty());
    etcd.write(NODE + Samples.B, foreign.node(Samples.B, Samples.node(2)));
    etcd.write(NODE + "nonsense", foreign.node(Samples.B, Samples.node(2)));
    started(1);

    assertThat(told.views.get(0).strangers()).isEqualTo(1);
    assertThat(told.nodes).doesNotContainKey(Samples.B);
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(2)));
    time.advance(MOMENT);
    assertThat(told.nodes).containsKey(Samples.B);
    etcd.write(NODE + Samples.B, foreign.node(Samples.B, Samples.node(2)));
    time.advance(MOMENT);
    assertThat(told.nodes).doesNotContainKey(Samples.B);
  }

  @Test
  void aStartingNodeRemovesWhatWasReachedWhereItIs() {
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(1)));
    etcd.write(NODE + NOBODYS, values.node(NOBODYS, Samples.node(2)));
    started(1);

    assertThat(etcd.content())
        .doesNotContainKey(NODE + Samples.B)
        .containsKeys(NODE + NOBODYS, NODE + Samples.A);
    etcd.write(NODE + Samples.B, values.node(Samples.B, Samples.node(1)));
    time.advance(Duration.ofSeconds(10));
    assertThat(etcd.content()).as("once").containsKey(NODE + Samples.B);
  }

  private static final io.hydrasync.server.cluster.NodeId NOBODYS =
      new io.hydrasync.server.cluster.NodeId(7, 7);

  @Test
  void logsInWithoutBearerAndAnewWhenTheTokenIsGone() {
    etcd.authOn = true;
    EtcdDirectory directory =
        new EtcdDirectory(
            EtcdDirectory.builder(FakeTransport.members(1), Samples.KEY)
                .self(Samples.A)
                .login("hydra", "secret"),
            time,
            network);
    directory.publish(Samples.node(1));
    directory.start(told);
    time.advance(MOMENT);
    assertThat(told.held).hasValue(1);
    assertThat(etcd.requests(FakeEtcd.RANGE).get(0).headers())
        .containsEntry("Authorization", "token.1");

    etcd.forgetTokens();
    assertThat(answer(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1))))
        .isInstanceOf(WriteOutcome.Written.class);
    assertThat(etcd.count("/v3/auth/authenticate")).isEqualTo(2);
    etcd.script(FakeEtcd.RANGE, 401, "{\"error\":\"x\",\"message\":\"x\",\"code\":16}");
    etcd.script(FakeEtcd.RANGE, 401, "{\"error\":\"x\",\"message\":\"x\",\"code\":16}");
    assertThat(failure(directory.read(Samples.session(1))))
        .as("once")
        .isEqualTo(DirectoryException.Kind.REFUSED);
  }

  @Test
  void aWrongPasswordIsRefusedAndSaid() {
    etcd.authOn = true;
    for (int i = 0; i < 100; i++) {
      etcd.script(
          "/v3/auth/authenticate", 400, "{\"error\":\"x\",\"message\":\"wrong\",\"code\":3}");
    }
    EtcdDirectory directory =
        new EtcdDirectory(
            EtcdDirectory.builder(FakeTransport.members(1), Samples.KEY).login("hydra", "secret"),
            time,
            network);
    directory.start(told);
    assertThat(failure(directory.read(Samples.session(1))))
        .isEqualTo(DirectoryException.Kind.REFUSED);
    time.advance(Duration.ofSeconds(1));
    assertThat(directory.state().problem()).contains("wrong").doesNotContain("secret");
    assertThat(etcd.count("/v3/auth/authenticate")).isLessThan(30);
  }

  @Test
  void aPasswordThatIsRefusedIsReadAgainOnceInTenSeconds() {
    etcd.authOn = true;
    for (int i = 0; i < 100; i++) {
      etcd.script(
          "/v3/auth/authenticate", 400, "{\"error\":\"x\",\"message\":\"wrong\",\"code\":3}");
    }
    List<Long> readAt = new ArrayList<>();
    EtcdDirectory.Builder builder =
        EtcdDirectory.builder(FakeTransport.members(1), Samples.KEY)
            .self(Samples.A)
            .login("hydra", "old")
            .readAgain(
                () -> {
                  readAt.add(time.nanoTime());
                  if (readAt.size() == 2) {
                    throw new IOException("the file is being written");
                  }
                  return EtcdDirectory.builder(FakeTransport.members(1), Samples.KEY)
                      .login("hydra", "new");
                });
    EtcdDirectory directory = new EtcdDirectory(builder, time, network);
    directory.publish(Samples.node(1));
    directory.start(told);
    time.advance(Duration.ofSeconds(25));

    assertThat(readAt).hasSize(3);
    for (int i = 1; i < readAt.size(); i++) {
      assertThat(readAt.get(i) - readAt.get(i - 1))
          .isGreaterThanOrEqualTo(Duration.ofSeconds(10).toNanos());
    }
    etcd.forgetScript("/v3/auth/authenticate");
    time.advance(Duration.ofSeconds(10));
    assertThat(told.held).hasValue(1);
    List<FakeEtcd.Request> logins = etcd.requests("/v3/auth/authenticate");
    assertThat(Json.required(logins.get(0).body(), "password")).isEqualTo("old");
    assertThat(Json.required(logins.get(logins.size() - 1).body(), "password")).isEqualTo("new");
  }

  @Test
  void aClusterKeyIsChangedWhileItRuns() {
    Values after = new Values(Samples.OTHER_KEY, Optional.empty());
    EtcdDirectory directory = started(1);
    etcd.write(NODE + Samples.B, after.node(Samples.B, Samples.node(2)));
    time.advance(MOMENT);
    assertThat(told.nodes).doesNotContainKey(Samples.B);

    directory.renew(keys(Samples.KEY).alsoAccept(Samples.OTHER_KEY));
    time.advance(MOMENT);
    assertThat(told.nodes).containsKeys(Samples.A, Samples.B);
    assertThat(after.node(Samples.A, etcd.content().get(NODE + Samples.A))).isEmpty();

    directory.renew(keys(Samples.OTHER_KEY).alsoAccept(Samples.KEY));
    directory.renew(keys(Samples.OTHER_KEY));
    time.advance(MOMENT);
    assertThat(told.nodes).containsKeys(Samples.A, Samples.B);
    assertThat(after.node(Samples.A, etcd.content().get(NODE + Samples.A)))
        .contains(Samples.node(1));
    assertThat(answer(directory.write(Samples.session(1), 0, Samples.entry(Samples.A, 1))))
        .isInstanceOf(WriteOutcome.Written.class);
  }

  private static EtcdDirectory.Builder keys(ClusterKey key) {
    return EtcdDirectory.builder(FakeTransport.members(1), key);
  }

  /** Newer members do so on a token that they do not know. */
  @Test
  void aConnectionThatIsClosedOnATokenLeadsToANewOne() {
    etcd.authOn = true;
    EtcdDirectory directory =
        new EtcdDirectory(
            EtcdDirectory.builder(FakeTransport.members(2), Samples.KEY).login("hydra", "secret"),
            time,
            network);
    directory.start(told);
    time.advance(MOMENT);
    etcd.forgetTokens();
    etcd.script(FakeEtcd.RANGE, (request, reply) -> reply.cut());

    assertThat(answer(directory.read(Samples.session(1)))).isEmpty();
    assertThat(etcd.count("/v3/auth/authenticate")).isEqualTo(2);
  }

  /** Etcd waits for the index that is part of its token: an empty one does so for long. */
  @Test
  void aTokenThatNobodyAnswersLeadsToANewOne() {
    etcd.authOn = true;
    EtcdDirectory directory =
        new EtcdDirectory(
            EtcdDirectory.builder(FakeTransport.members(2), Samples.KEY)
                .self(Samples.A)
                .login("hydra", "secret"),
            time,
            network);
    directory.publish(Samples.node(1));
    directory.start(told);
    time.advance(Duration.ofSeconds(10));
    assertThat(etcd.count("/v3/auth/authenticate")).isEqualTo(1);

    etcd.silentOnTokens = true;
    etcd.forgetTokens();
    time.advance(Duration.ofSeconds(10));

    assertThat(answer(directory.read(Samples.session(1)))).isEmpty();
    assertThat(etcd.count("/v3/auth/authenticate")).isBetween(2L, 4L);
  }

  @Test
  void aListenerThatFailsEndsNothing() {
    EtcdDirectory directory = directory(1);
    directory.publish(Samples.node(1));
    directory.start(new Failing());
    time.advance(Duration.ofSeconds(5));

    assertThat(directory.state()).isEqualTo(DirectoryState.GOOD);
    assertThat(etcd.count(FakeEtcd.KEEP_ALIVE)).isEqualTo(1);
  }

  @Test
  void closingGivesTheLeaseBackAndEndsWhatWaits() {
    EtcdDirectory directory = started(1);
    CompletionStage<?> waits = directory.read(Samples.session(1));
    directory.close();
    told.told.clear();

    assertThat(failure(waits)).isEqualTo(DirectoryException.Kind.CLOSED);
    assertThat(failure(directory.read(Samples.session(1))))
        .isEqualTo(DirectoryException.Kind.CLOSED);
    assertThat(etcd.content()).doesNotContainKey(NODE + Samples.A);
    assertThat(network.closed).isTrue();
    int requests = etcd.requests.size();
    time.advance(Duration.ofSeconds(30));
    assertThat(etcd.requests).hasSize(requests);
    assertThat(told.told).isEmpty();
    assertThatThrownBy(() -> directory.start(told)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingDoesNotWaitForAnEtcdThatIsAway() {
    EtcdDirectory directory = started(1);
    etcd.frozen.add(1);
    directory.close();
    time.advance(Duration.ofSeconds(2));

    assertThat(network.closed).isTrue();
  }

  /** Not more than so many are on their way, and none waits for ever. */
  @Test
  void manyRequestsWaitForEachOther() {
    EtcdDirectory directory = started(1);
    etcd.frozen.add(1);
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      all.add(directory.read(Samples.session(i)).toCompletableFuture());
    }
    long before = etcd.count(FakeEtcd.RANGE);
    time.advance(MOMENT);
    assertThat(etcd.count(FakeEtcd.RANGE) - before).isEqualTo(64);
    time.advance(Duration.ofSeconds(6));
    assertThat(all).allMatch(CompletableFuture::isCompletedExceptionally);
    etcd.thaw(1);
    assertThat(answer(directory.read(Samples.session(1)))).isEmpty();
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertThatThrownBy(() -> EtcdDirectory.builder(List.of(), Samples.KEY))
        .isInstanceOf(IllegalArgumentException.class);
    for (String wrong :
        List.of(
            "m:1", "ftp://m:1", "http://m", "http://u:p@m:1", "http://m:1/v3", "http://m:1?a")) {
      assertThatThrownBy(() -> EtcdDirectory.builder(List.of(URI.create(wrong)), Samples.KEY))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(
            () -> EtcdDirectory.builder(FakeTransport.members(1), Samples.KEY).name("a/b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new Login("hydra", "secret").toString()).doesNotContain("secret");
    assertThat("/hydra/10".getBytes(UTF_8)).isEqualTo(new Keys("hydra").end());
  }
}
