package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.RoleScene.R;
import static io.hydrasync.server.internal.cluster.RoleScene.X;
import static io.hydrasync.server.internal.cluster.RoleScene.Y;
import static io.hydrasync.server.internal.cluster.RoleScene.begins;
import static io.hydrasync.server.internal.cluster.RoleScene.entry;
import static io.hydrasync.server.internal.cluster.RoleScene.goesOn;
import static io.hydrasync.server.internal.cluster.RoleScene.shows;
import static io.hydrasync.server.internal.cluster.RoleScene.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.cluster.DirectoryException.Kind;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.Versioned;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rules of "Who owns", each by its number. */
class WhoOwnsTest {
  private final RoleScene owned = new RoleScene(true);
  private final RoleScene plain = new RoleScene(false);

  @Test
  void rule0WhoIsBelowTheConnectedProducersEpochIsReplacedAndTheOtherStays() {
    owned.owning("p", 100);
    owned.joins("q", goesOn(99));
    assertThat(owned.told()).containsExactly("refuse q REPLACED -1");
    owned.joins("r", goesOn(100));
    assertThat(owned.told()).containsExactly("close p REPLACED -1", "admit r resumed 100", "write");
  }

  @Test
  void rule0WhoIsBelowTheEpochOfALiveEntryElsewhereIsReplaced() {
    owned.joins("p", goesOn(99));
    owned.reads(entry(X, true, 100));
    assertThat(owned.told()).containsExactly("read", "refuse p REPLACED -1");
  }

  @Test
  void rule0DoesNotCountAnEntryThatIsAwayOrWhoseNodeHasNoKey() {
    owned.joins("p", goesOn(99));
    owned.reads(entry(X, false, 100));
    assertThat(owned.told()).containsExactly("read", "write");

    RoleScene other = new RoleScene(true);
    SessionEntry orphan = entry(new NodeId(0, 9), true, 100);
    other.hears(orphan);
    other.joins("p", goesOn(99));
    other.role.readAnswered(Optional.of(new Versioned<>(orphan, other.revision)), other.now);
    assertThat(other.told()).containsExactly("read", "write");
  }

  @Test
  void rule0DoesNotCountHighest() {
    owned.joins("p", goesOn(99));
    owned.reads(entry(X, true, 50).withSeen(500));
    owned.writes();
    assertThat(owned.told()).containsExactly("read", "write", "admit p above 500");
  }

  @Test
  void rule0ANodeThatIsNotKnownYetIsWaitedForUntilTheWatchHasCaughtUp() {
    NodeId fresh = new NodeId(0, 9);
    owned.joins("p", goesOn(99));
    owned.reads(entry(fresh, true, 100));
    assertThat(owned.told()).containsExactly("read");
    owned.context.nodes(owned.context.nodes().with(fresh, RoleScene.node(9)));
    owned.role.nodesChanged(owned.now);
    owned.role.readAnswered(
        Optional.of(new Versioned<>(entry(fresh, true, 100), owned.revision)), owned.now);
    assertThat(owned.told()).containsExactly("read", "refuse p REPLACED -1");
  }

  @Test
  void rule1AtItsOwnerTheProducerGoesOnAtOnceAndItsClaimIsWritten() {
    owned.owning("p", 100);
    owned.role.producerGone("p", owned.now);
    owned.writes();
    owned.told();
    owned.joins("p2", goesOn(100));
    assertThat(owned.told()).containsExactly("admit p2 resumed 100", "write");
    assertThat(owned.written.claim()).isEqualTo(2);
    assertThat(owned.role.isConfirmed()).isFalse();
    owned.writes();
    assertThat(owned.role.isConfirmed()).isTrue();
    assertThat(owned.told()).isEmpty();
  }

  @Test
  void rule1AnUnconfirmedProducerIsToldInternalWhereTheEntryProvesAnothers() {
    owned.owning("p", 100);
    owned.joins("p2", goesOn(100));
    owned.told();
    owned.conflicts(entry(X, true, 100));
    assertThat(owned.told()).containsExactly("close p2 INTERNAL 0", "closeLinks", "link 2");
    assertThat(owned.role.part()).isEqualTo(SessionRole.Part.EDGE);
    assertThat(owned.role.servesLinks()).isFalse();
  }

  @Test
  void rule1TheWriteIsRepeatedUntilItIsDone() {
    owned.owning("p", 100);
    owned.joins("p2", goesOn(100));
    owned.told();
    for (int i = 0; i < 10; i++) {
      owned.role.failed(Kind.UNREACHABLE, owned.now);
      owned.passes(1_000);
      assertThat(owned.told()).containsExactly("read");
    }
    owned.reads(new SessionEntry(R, 1, true, 100, 100, 100, List.of()));
    assertThat(owned.told()).containsExactly("write");
    owned.writes();
    assertThat(owned.role.isConfirmed()).isTrue();
  }

  @Test
  void rule2WithoutAnEntryTheSessionIsWritten() {
    owned.joins("p", begins());
    assertThat(owned.told()).containsExactly("read");
    owned.readsNothing();
    assertThat(owned.told()).containsExactly("write");
    assertThat(owned.expected).isZero();
    assertThat(owned.written).isEqualTo(new SessionEntry(R, 1, true, 0, 0, 0, List.of()));
    owned.writes();
    assertThat(owned.told()).containsExactly("admit p above 0");
  }

  @Test
  void rule3AnOwnedSessionIsTakenOverAndTheMirrorBecomesTheLog() {
    owned.mirroring(100);
    owned.joins("p", goesOn(100));
    owned.reads(entry(X, true, 100));
    assertThat(owned.told()).containsExactly("read", "write");
    assertThat(owned.expected).isEqualTo(owned.revision);
    owned.writes();
    assertThat(owned.told()).containsExactly("unlink", "admit p resumed 100");
  }

  @Test
  void rule3AMirrorIsNotTheLogWhereAHigherEpochHasBeenSeen() {
    owned.mirroring(100);
    owned.joins("p", goesOn(100));
    owned.reads(entry(X, true, 100).withSeen(101));
    owned.writes();
    assertThat(owned.told()).contains("admit p above 101");
  }

  @Test
  void rule3TheOldOwnerClosesItsProducerAndItsLinksAndBecomesAnEdge() {
    owned.owning("p", 100);
    owned.role.consumersNow(3, owned.now);
    owned.hears(entry(X, true, 100));
    assertThat(owned.told()).containsExactly("close p REPLACED -1", "closeLinks", "link 2");
    owned.role.lingerEnded(owned.now);
    assertThat(owned.told()).isEmpty();
  }

  @Test
  void rule4APlainSessionIsTakenWithATokenThatTheEntryKnows() {
    SessionEntry there = new SessionEntry(X, 5, true, 100, 100, 100, List.of(token(1), token(2)));
    plain.joins("p", shows(2, 100));
    plain.reads(there);
    assertThat(plain.told()).containsExactly("read", "write");
    assertThat(plain.written.tokens()).containsExactly(token(99), token(2));
  }

  @Test
  void rule4APlainSessionIsTakenWhereItIsAway() {
    plain.joins("p", shows(0, 0));
    plain.reads(entry(X, false, 100));
    assertThat(plain.told()).containsExactly("read", "write");
    assertThat(plain.written.tokens()).containsExactly(token(99));
  }

  @Test
  void rule4OtherwiseItHasAProducerUnlessThatGoesWithinASecond() {
    plain.joins("p", shows(3, 100));
    plain.reads(entry(X, true, 100));
    assertThat(plain.told()).containsExactly("read");
    plain.passes(1_000);
    plain.role.readAnswered(
        Optional.of(new Versioned<>(entry(X, true, 100), plain.revision)), plain.now);
    assertThat(plain.told()).containsExactly("read", "refuse p PRODUCER_EXISTS 1000");

    plain.joins("q", shows(3, 100));
    plain.role.readAnswered(
        Optional.of(new Versioned<>(entry(X, true, 100), plain.revision)), plain.now);
    plain.told();
    plain.hears(entry(X, false, 100));
    plain.role.readAnswered(
        Optional.of(new Versioned<>(entry(X, false, 100), plain.revision)), plain.now);
    assertThat(plain.told()).containsExactly("read", "write");
  }

  @Test
  void rule4ATokenOfAnEarlierOwnershipDoesNotCount() {
    plain.joins(
        "p", new ProducerJoin(true, 100, true, Optional.of(token(1)), Optional.of(token(99))));
    plain.reads(new SessionEntry(X, 5, true, 200, 200, 200, List.of(token(7))));
    assertThat(plain.told()).containsExactly("read");
  }

  @Test
  void rule5WithoutAnAnswerInFiveSecondsTheProducerIsToldThatTheDirectoryCannotBeReached() {
    owned.joins("p", begins());
    for (int i = 0; i < 4; i++) {
      owned.passes(1_000);
      owned.role.failed(Kind.UNREACHABLE, owned.now);
    }
    owned.passes(999);
    assertThat(owned.told()).containsOnly("read");
    owned.passes(1);
    assertThat(owned.told()).containsExactly("refuse p LIMIT 1000");
    assertThat(owned.refusal.text()).contains("cannot be reached");
  }

  @Test
  void aFullDirectoryIsToldAtOnce() {
    owned.joins("p", begins());
    owned.readsNothing();
    owned.role.failed(Kind.NOT_WRITABLE, owned.now);
    assertThat(owned.told()).containsExactly("read", "write", "refuse p LIMIT 1000");
    assertThat(owned.refusal.text()).contains("takes no writes");
  }

  @Test
  void anotherClaimInBetweenIsTold() {
    owned.joins("p", begins());
    owned.readsNothing();
    owned.conflicts(entry(X, true, 100));
    assertThat(owned.told()).containsExactly("read", "write", "refuse p LIMIT 200");
  }

  @Test
  void otherChangesInBetweenAreWrittenOver() {
    owned.joins("p", begins());
    owned.reads(entry(X, false, 100));
    owned.conflicts(entry(X, false, 100).withSeen(300));
    assertThat(owned.told()).containsExactly("read", "write", "write");
    assertThat(owned.written.highest()).isEqualTo(300);
    owned.writes();
    assertThat(owned.told()).containsExactly("admit p above 300");
  }

  @Test
  void aClaimEndsWhenItsConnectionClosesAndWhatItHasWrittenIsReleased() {
    owned.joins("p", begins());
    owned.reads(entry(X, false, 100));
    owned.role.producerGone("p", owned.now);
    owned.writes();
    assertThat(owned.told()).containsExactly("read", "write", "write");
    assertThat(owned.written.owner()).isEqualTo(NodeId.NOBODY);
    assertThat(owned.written.highest()).isEqualTo(100);
    assertThat(owned.written.live()).isFalse();
  }

  @Test
  void aJoinThatWasHeldUpForFiveSecondsIsTooLate() {
    owned.role.producerJoins("p", begins(), owned.now - 5_000 * RoleScene.MS, owned.now);
    assertThat(owned.told()).containsExactly("refuse p LIMIT 200");
  }

  @Test
  void aWriteThatWasNotAnsweredIsFoundByItsNumber() {
    owned.joins("p", begins());
    owned.readsNothing();
    SessionEntry mine = owned.written;
    owned.role.failed(Kind.UNREACHABLE, owned.now);
    owned.passes(100);
    owned.reads(mine);
    assertThat(owned.told()).containsExactly("read", "write", "read", "admit p above 0");
  }

  @Test
  void aWriteOfAnEarlierClaimOfThisNodeIsNotTakenForThisOnes() {
    owned.joins("p", begins());
    owned.reads(new SessionEntry(R, 70, true, 0, 0, 0, List.of()));
    assertThat(owned.told()).containsExactly("read", "write");
    assertThat(owned.written.claim()).isEqualTo(1);
    owned.writes();
    assertThat(owned.told()).containsExactly("admit p above 0");
  }

  @Test
  void onlyTheLogsLastEpochIsResumed() {
    owned.owning("p", 100);
    owned.role.headPublished(200, 100, owned.now);
    owned.writes();
    owned.role.producerGone("p", owned.now);
    owned.writes();
    owned.told();
    owned.joins("p2", goesOn(100));
    assertThat(owned.told()).contains("admit p2 above 200");
    owned.joins("p3", goesOn(300));
    assertThat(owned.told()).contains("admit p3 above 200");
  }

  @Test
  void aNewerJoinAtTheSameNodeTakesTheClaim() {
    owned.joins("p", begins());
    owned.joins("q", begins());
    owned.readsNothing();
    owned.writes();
    assertThat(owned.told())
        .containsExactly("read", "refuse p LIMIT 200", "write", "admit q above 0");
    assertThat(owned.written.claim()).isEqualTo(2);
  }

  @Test
  void theOwnerWritesHeadsAndWhetherItsProducerIsThereOneWriteAtATime() {
    owned.owning("p", 0);
    owned.role.headPublished(100, 100, owned.now);
    owned.role.headPublished(200, 100, owned.now);
    owned.role.producerGone("p", owned.now);
    assertThat(owned.told()).containsExactly("write");
    assertThat(owned.written).isEqualTo(new SessionEntry(R, 1, true, 100, 100, 100, List.of()));
    owned.writes();
    assertThat(owned.told()).containsExactly("write");
    assertThat(owned.written).isEqualTo(new SessionEntry(R, 1, false, 200, 100, 200, List.of()));
    owned.writes();
    assertThat(owned.told()).isEmpty();
  }

  @Test
  void aHigherEpochElsewhereIsWrittenInAndNothingElse() {
    SessionEntry there = new SessionEntry(X, 5, true, 100, 90, 100, List.of(token(1)));
    plain.hears(there);
    plain.role.epochSeen(120, plain.now);
    assertThat(plain.told()).containsExactly("write");
    assertThat(plain.written).isEqualTo(there.withSeen(120));
    plain.conflicts(there.withSeen(130));
    assertThat(plain.told()).isEmpty();
  }

  @Test
  void aProducerBelowTheHighestEpochBeginsAboveItAndIsLetInAgain() {
    owned.owning("p", 100);
    owned.hears(owned.written.withSeen(150));
    assertThat(owned.told()).containsExactly("close p INTERNAL 0", "write");
    assertThat(owned.written.live()).isFalse();
    owned.joins("p2", goesOn(100));
    assertThat(owned.told()).containsExactly("admit p2 above 150");
    owned.writes();
    owned.role.headPublished(151, 151, owned.now);
    assertThat(owned.told()).doesNotContain("close p2 INTERNAL 0");
  }

  @Test
  void aHeadOfAnOlderStreamMakesItsProducerBeginAStream() {
    owned.owning("p", 100);
    owned.role.olderStream(300, owned.now);
    assertThat(owned.told()).contains("close p INTERNAL 0");
    owned.joins("p2", goesOn(300));
    assertThat(owned.told()).contains("admit p2 above 301");
  }

  @Test
  void whoIsPreferredToAnotherIsNotToldReplaced() {
    owned.owning("p", 100);
    owned.joins("q", goesOn(99));
    owned.told();
    owned.hears(entry(X, true, 99));
    assertThat(owned.told()).contains("close p INTERNAL 0");
  }

  @Test
  void onlyTheOwnerEndsASessionAndYieldsWhereThatFails() {
    owned.owning("p", 100);
    owned.role.producerGone("p", owned.now);
    owned.writes();
    owned.told();
    owned.role.lingerEnded(owned.now);
    assertThat(owned.told()).containsExactly("delete");
    assertThat(owned.expected).isEqualTo(owned.revision);
    owned.conflicts(entry(Y, true, 100));
    assertThat(owned.told()).containsExactly("closeLinks", "link 3");
  }

  @Test
  void theEndComesWithTheDeletion() {
    owned.owning("p", 100);
    owned.role.producerGone("p", owned.now);
    owned.writes();
    owned.role.lingerEnded(owned.now);
    owned.told();
    owned.writes();
    assertThat(owned.told()).containsExactly("end");
    assertThat(owned.role.isIdle()).isTrue();
  }

  @Test
  void aLostEntryIsWrittenAgain() {
    owned.owning("p", 100);
    owned.hearsOfDeletion();
    assertThat(owned.told()).containsExactly("write");
    assertThat(owned.expected).isZero();
  }

  /** Others have deleted it as an orphan, and somebody may have owned it since. */
  @Test
  void aLostEntryOfAProducerThatIsAwayIsNotWrittenAgain() {
    owned.owning("p", 100);
    owned.role.producerGone("p", owned.now);
    owned.writes();
    owned.told();
    owned.hearsOfDeletion();
    assertThat(owned.told()).isEmpty();
    owned.role.lingerEnded(owned.now);
    assertThat(owned.told()).containsExactly("end");
  }

  @Test
  void whoHasLostItsEntryIsNotToldReplacedByWhatIsWrittenThen() {
    owned.owning("p", 100);
    owned.hearsOfDeletion();
    owned.told();
    owned.conflicts(entry(X, true, 100));
    assertThat(owned.told()).contains("close p INTERNAL 0");
  }

  @Test
  void whatIsOlderThanWhatIsKnownIsIgnored() {
    owned.owning("p", 100);
    owned.role.changed(Optional.of(new Versioned<>(entry(X, true, 50), 5)), 5, owned.now);
    assertThat(owned.told()).isEmpty();
    owned.role.snapshot(Optional.of(new Versioned<>(entry(X, true, 50), 5)), 5, owned.now);
    assertThat(owned.told()).containsExactly("read");
  }

  /** A directory that was restored from a copy counts its revisions from behind. */
  @Test
  void aRestoredDirectoryDoesNotTellTheOnlyProducerReplaced() {
    owned.owning("p", 100);
    owned.role.snapshot(Optional.of(new Versioned<>(entry(X, true, 50), 5)), 5, owned.now);
    owned.role.readAnswered(Optional.of(new Versioned<>(entry(X, true, 50), 5)), owned.now);
    assertThat(owned.told()).contains("close p INTERNAL 0");
  }

  @Test
  void aTakeoverIsASessionThatWasAnotherNodes() {
    RoleScene fresh = new RoleScene(true).owning("p", 5);
    fresh.joins("q", RoleScene.goesOn(5));
    fresh.writes();
    assertThat(fresh.takeovers).as("its own").isZero();

    RoleScene released = new RoleScene(true);
    released.joins("p", RoleScene.begins());
    released.reads(RoleScene.entry(NodeId.NOBODY, false, 5));
    released.writes();
    assertThat(released.takeovers).as("nobody's").isZero();

    RoleScene taken = new RoleScene(true);
    taken.joins("p", RoleScene.goesOn(5));
    taken.reads(RoleScene.entry(RoleScene.X, true, 5));
    assertThat(taken.takeovers).as("before it is written").isZero();
    taken.writes();
    assertThat(taken.takeovers).isEqualTo(1);
  }
}
