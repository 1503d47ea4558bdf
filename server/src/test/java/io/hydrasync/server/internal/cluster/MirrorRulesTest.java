package io.hydrasync.server.internal.cluster;

import static io.hydrasync.server.internal.cluster.RoleScene.X;
import static io.hydrasync.server.internal.cluster.RoleScene.Y;
import static io.hydrasync.server.internal.cluster.RoleScene.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.cluster.DirectoryException.Kind;
import io.hydrasync.server.cluster.NodeId;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.Versioned;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The rules of "Mirrors". */
class MirrorRulesTest {
  private final RoleScene edge = new RoleScene(true);

  private void comes(String consumer, long epoch, boolean waits) {
    edge.role.consumerJoins(consumer, epoch, epoch, waits, edge.now);
  }

  @Test
  void aConsumerOfALivingOwnersSessionWaitsForTheLink() {
    edge.hears(entry(X, true, 100));
    comes("c", 0, false);
    assertThat(edge.told()).containsExactly("link 2");
    edge.role.headPublished(100, 100, edge.now);
    edge.role.linkUp(true, edge.now);
    assertThat(edge.told()).containsExactly("live", "admit c");
    assertThat(edge.role.part()).isEqualTo(SessionRole.Part.EDGE);
  }

  @Test
  void withoutALinkInThreeSecondsItIsToldLimit() {
    edge.hears(entry(X, true, 100));
    comes("c", 0, true);
    edge.passes(2_999);
    assertThat(edge.told()).containsExactly("link 2");
    edge.passes(1);
    assertThat(edge.told()).containsExactly("refuse c LIMIT 1000");
  }

  @Test
  void beforeNoSessionTheDirectoryIsAsked() {
    comes("c", 0, false);
    assertThat(edge.told()).containsExactly("read");
    comes("d", 0, false);
    edge.readsNothing();
    assertThat(edge.told()).containsExactly("refuse c NO_SESSION 1000", "read");
    edge.reads(entry(X, true, 100));
    assertThat(edge.told()).containsExactly("link 2");
  }

  @Test
  void whoWaitsForASessionIsLetIn() {
    comes("c", 0, true);
    assertThat(edge.told()).containsExactly("admit c");
  }

  @Test
  void aDirectoryThatDoesNotAnswerIsToldAsSuch() {
    comes("c", 0, false);
    edge.role.failed(Kind.UNREACHABLE, edge.now);
    assertThat(edge.told()).containsExactly("read", "refuse c LIMIT 1000");
  }

  @Test
  void thereAreAThousandQuestionsASecond() {
    for (int i = 0; i < ReadBudget.MOST; i++) {
      assertThat(edge.context.reads().tryTake(edge.now)).isTrue();
    }
    comes("c", 0, false);
    assertThat(edge.told()).containsExactly("refuse c NO_SESSION 1000");
    edge.passes(1_000);
    comes("c", 0, false);
    assertThat(edge.told()).containsExactly("read");
  }

  @Test
  void whoIsAheadOfThisNodesLogWaitsAtTheOwnerToo() {
    edge.owning("p", 100);
    comes("c", 101, false);
    edge.passes(3_000);
    assertThat(edge.told()).containsExactly("refuse c LIMIT 1000");
    comes("d", 101, false);
    edge.role.headPublished(102, 102, edge.now);
    assertThat(edge.told()).contains("admit d");
  }

  @Test
  void whoIsInALaterStreamThanThisNodesLogWaits() {
    edge.owning("p", 100);
    edge.role.headPublished(300, 100, edge.now);
    edge.told();
    edge.role.consumerJoins("c", 200, 200, false, edge.now);
    assertThat(edge.told()).doesNotContain("admit c");
  }

  /** What a consumer says is no proof: it must not throw the producer out. */
  @Test
  void theEpochOfAConsumerIsNotWrittenDown() {
    edge.hears(entry(X, true, 100));
    comes("c", 500, false);
    edge.passes(4_000);
    assertThat(edge.told()).doesNotContain("write");
  }

  @Test
  void aLinkIsMadeAgainAtOnceWhenTheEntryChanges() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.NO_SESSION, 0, edge.now);
    assertThat(edge.told()).containsExactly("away");
    edge.hears(entry(Y, true, 100));
    assertThat(edge.told()).containsExactly("link 3");
  }

  @Test
  void elseItIsMadeAgainAfter200MillisecondsToASecond() {
    edge.mirroring(100);
    List<Long> pauses = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      long lost = edge.now;
      edge.role.linkLost(LinkEnd.UNREACHABLE, 0, edge.now);
      edge.told();
      while (!edge.told.contains("link 2")) {
        edge.passes(1);
      }
      pauses.add((edge.now - lost) / RoleScene.MS);
    }
    assertThat(pauses).allMatch(pause -> pause >= 200 && pause <= 1_000);
    assertThat(Collections.max(pauses) - Collections.min(pauses)).isGreaterThan(400);
  }

  @Test
  void orWhenTheOwnerWantsToBeAskedAgainIfThatIsLater() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.BROKEN, 4_000 * RoleScene.MS, edge.now);
    edge.passes(3_999);
    assertThat(edge.told()).containsExactly("away");
    edge.passes(1);
    assertThat(edge.told()).containsExactly("link 2");

    edge.role.linkLost(LinkEnd.BROKEN, 4_000 * RoleScene.MS, edge.now);
    edge.hears(entry(Y, true, 100));
    assertThat(edge.told()).containsExactly("link 3");
  }

  @Test
  void whoIsNotLetInTriesOnceASecond() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.UNAUTHORIZED, 0, edge.now);
    edge.passes(999);
    assertThat(edge.told()).containsExactly("away");
    edge.passes(1);
    assertThat(edge.told()).containsExactly("link 2");
  }

  @Test
  void aLinkThatWorksStaysUntilTheEntryNamesAnotherNode() {
    edge.mirroring(100);
    edge.hears(entry(X, false, 100));
    edge.hears(ClaimRules.released(entry(X, false, 100)));
    edge.context.nodes(edge.context.nodes().without(X));
    edge.role.nodesChanged(edge.now);
    assertThat(edge.told()).isEmpty();
    edge.hears(entry(Y, true, 100));
    assertThat(edge.told()).containsExactly("unlink", "link 3");
  }

  @Test
  void sixtyFourLinksAreBeingMadeAtATime() {
    for (int i = 0; i < LinkSlots.MOST; i++) {
      assertThat(edge.context.linkSlots().tryTake()).isTrue();
    }
    edge.hears(entry(X, true, 100));
    comes("c", 0, true);
    assertThat(edge.told()).isEmpty();
    edge.context.linkSlots().giveBack();
    edge.passes(200);
    assertThat(edge.told()).containsExactly("link 2");
    assertThat(edge.context.linkSlots().tryTake()).isFalse();
    edge.role.linkUp(true, edge.now);
    assertThat(edge.context.linkSlots().tryTake()).isTrue();
  }

  @Test
  void state2IsTheEndAndNoLinkIsMadeUntilTheEntryChanges() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.OVER, 0, edge.now);
    assertThat(edge.told()).containsExactly("over");
    edge.passes(10_000);
    assertThat(edge.told()).isEmpty();
    comes("c", 100, false);
    assertThat(edge.told()).containsExactly("admit c");
    edge.hears(new SessionEntry(X, 71, true, 100, 100, 100, List.of()));
    assertThat(edge.told()).containsExactly("link 2");
  }

  @Test
  void state2DoesNotCountWhereTheEntryNamesAnotherNode() {
    edge.hears(entry(X, true, 100));
    edge.role.consumersNow(1, edge.now);
    edge.told();
    edge.role.headPublished(100, 100, edge.now);
    edge.role.linkUp(true, edge.now);
    edge.context.nodes(edge.context.nodes().without(Y));
    edge.hears(entry(Y, true, 100));
    assertThat(edge.told()).contains("unlink");
    edge.role.linkLost(LinkEnd.OVER, 0, edge.now);
    assertThat(edge.told()).doesNotContain("over");
  }

  @Test
  void withoutALinkTheDeletionIsTheEnd() {
    edge.mirroring(100);
    edge.hears(entry(X, false, 100));
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.told();
    edge.hearsOfDeletion();
    assertThat(edge.told()).containsExactly("end");
  }

  @Test
  void aLinkThatWorksOutlivesTheDeletion() {
    edge.mirroring(100);
    edge.hearsOfDeletion();
    assertThat(edge.told()).isEmpty();
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.passes(4_999);
    assertThat(edge.told()).containsExactly("away");
    edge.passes(1);
    assertThat(edge.told()).containsExactly("leave");
  }

  /** Its owner has not ended it: it did not reach the directory for long, and may live. */
  @Test
  void theDeletionOfAnEntryThatWasLiveIsNotTheEnd() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.told();
    edge.hearsOfDeletion();
    assertThat(edge.told()).isEmpty();
  }

  /** Others would delete the entry as an orphan, and take that for the end. */
  @Test
  void anEdgeWhoseLinkWorksVouchesForAnOwnerThatTheDirectoryHasLost() {
    edge.mirroring(100);
    edge.hears(entry(X, false, 100)); // its last word, before its producer came back
    edge.context.nodes(edge.context.nodes().without(X));
    edge.role.nodesChanged(edge.now);
    for (int i = 0; i < 10; i++) {
      edge.passes(RoleScene.LINGER / RoleScene.MS / 2);
      assertThat(edge.told()).containsExactly("write");
      assertThat(edge.written).isEqualTo(entry(X, true, 100));
      assertThat(edge.expected).isEqualTo(edge.revision);
      edge.writes();
    }
    edge.hears(entry(X, true, 100)); // another edge has
    edge.passes(RoleScene.LINGER / RoleScene.MS / 4 - 1);
    assertThat(edge.told()).isEmpty();
  }

  /** If that node died, its consumers alone would know of it, and could prove nothing. */
  @Test
  void anEdgeWritesDownWhatAnOwnerHasSentThatTheDirectoryHasLost() {
    edge.mirroring(100);
    edge.role.headPublished(200, 100, edge.now);
    assertThat(edge.told()).isEmpty(); // its owner does
    edge.context.nodes(edge.context.nodes().without(X));
    edge.role.nodesChanged(edge.now);
    assertThat(edge.told()).containsExactly("write");
    assertThat(edge.written).isEqualTo(entry(X, true, 100).withSeen(200));
    edge.writes();
    edge.role.headPublished(300, 300, edge.now);
    assertThat(edge.told()).containsExactly("write");
    assertThat(edge.written.highest()).isEqualTo(300);
  }

  @Test
  void nobodyVouchesForAnOwnerThatIsThereOrHasNoProducerOrNoLink() {
    edge.mirroring(100);
    edge.passes(RoleScene.LINGER / RoleScene.MS * 2);
    assertThat(edge.told()).isEmpty();
    edge.context.nodes(edge.context.nodes().without(X));
    edge.role.nodesChanged(edge.now);
    edge.role.linkState(false, edge.now);
    edge.passes(RoleScene.LINGER / RoleScene.MS * 2);
    assertThat(edge.told()).containsExactly("away");
    edge.role.linkState(true, edge.now);
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.passes(RoleScene.LINGER / RoleScene.MS * 2);
    assertThat(edge.told()).containsExactly("live", "away");
  }

  /** Each event looked at all who wait: N that come and go were N². */
  @Test
  @Timeout(20)
  void aHundredThousandWhoWaitCostNoMoreThanWhatConcernsThem() {
    int many = 100_000;
    edge.hears(entry(X, true, 100));
    edge.role.consumersNow(1, edge.now);
    for (int i = 0; i < many; i++) {
      comes("c" + i, 0, false);
      edge.role.consumersNow(1, edge.now);
    }
    for (int i = 0; i < many; i += 2) {
      edge.role.consumerGone("c" + i, edge.now);
    }
    edge.told();
    edge.role.headPublished(100, 100, edge.now);
    edge.role.linkUp(true, edge.now);
    assertThat(edge.told()).hasSize(1 + many / 2).contains("admit c1").doesNotContain("admit c2");
  }

  @Test
  void whoeverWaitsLongestIsRefusedFirst() {
    edge.hears(entry(X, true, 100));
    comes("c", 0, false);
    edge.passes(1_000);
    comes("d", 200, false);
    comes("e", 0, false);
    edge.told();
    edge.passes(2_000);
    assertThat(edge.told()).containsExactly("refuse c LIMIT 1000");
    edge.role.consumerGone("d", edge.now);
    edge.passes(1_000);
    assertThat(edge.told()).containsExactly("refuse e LIMIT 1000");
    edge.passes(10_000);
    assertThat(edge.told()).isEmpty();
  }

  @Test
  void afterFiveSecondsWithoutALinkConsumersGoElsewhere() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    for (int i = 0; i < 49; i++) {
      edge.passes(100);
      edge.role.linkLost(LinkEnd.UNREACHABLE, 0, edge.now);
    }
    assertThat(edge.told()).doesNotContain("leave");
    edge.passes(100);
    assertThat(edge.told()).contains("leave");
  }

  @Test
  void unlessTheDirectorySaysThatTheProducerIsAway() {
    edge.mirroring(100);
    edge.hears(entry(X, false, 100));
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.passes(20_000);
    assertThat(edge.told()).doesNotContain("leave");
  }

  @Test
  void orThatItsOwnerIsGone() {
    edge.mirroring(100);
    edge.context.nodes(edge.context.nodes().without(X));
    edge.role.nodesChanged(edge.now);
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.passes(20_000);
    assertThat(edge.told()).containsExactly("away");
    comes("c", 100, false);
    assertThat(edge.told()).containsExactly("admit c");
  }

  @Test
  void aMirrorWithoutConsumersIsKeptForTheLingerTime() {
    edge.mirroring(100);
    edge.role.consumersNow(0, edge.now);
    edge.passes(29_999);
    assertThat(edge.told()).isEmpty();
    edge.passes(1);
    assertThat(edge.told()).containsExactly("unlink", "end");
    assertThat(edge.role.isIdle()).isTrue();
  }

  @Test
  void aLowerEpochThanTheMirrorsIsWrittenInAndLinkedToAgain() {
    edge.mirroring(100);
    edge.role.linkLost(LinkEnd.BROKEN, 0, edge.now);
    edge.told();
    edge.hears(entry(X, true, 60));
    assertThat(edge.told()).containsExactly("write");
    assertThat(edge.written).isEqualTo(entry(X, true, 60).withSeen(100));
    edge.passes(1_000);
    assertThat(edge.told()).containsExactly("link 2");
  }

  @Test
  void anOlderStreamOverTheLinkMakesItsProducerBeginAStream() {
    edge.mirroring(100);
    edge.role.olderStream(200, edge.now);
    edge.role.linkLost(LinkEnd.LOWER_EPOCH, 0, edge.now);
    assertThat(edge.told()).contains("write");
    assertThat(edge.written.highest()).isEqualTo(201);
  }

  @Test
  void aNodeThatIsNotThereIsNotLinkedToUntilItComes() {
    NodeId fresh = new NodeId(0, 9);
    comes("c", 0, true);
    edge.role.consumersNow(1, edge.now);
    edge.told();
    edge.role.changed(Optional.of(new Versioned<>(entry(fresh, true, 100), 50)), 50, edge.now);
    assertThat(edge.told()).isEmpty();
    edge.context.nodes(edge.context.nodes().with(fresh, RoleScene.node(9)));
    edge.role.nodesChanged(edge.now);
    assertThat(edge.told()).containsExactly("link 9");
  }
}
