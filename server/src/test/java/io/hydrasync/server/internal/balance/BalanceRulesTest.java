package io.hydrasync.server.internal.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Loads that change from window to window, and who is moved because of it. */
class BalanceRulesTest {
  private final BalanceRules<String, String> rules = new BalanceRules<>();
  private final Map<String, Double> loads = new LinkedHashMap<>();
  private final List<Share<String, String>> shares = new ArrayList<>();
  private double idle = 1;

  private void share(String session, String loop, boolean home, int consumers, double busy) {
    share(session, loop, home, consumers, busy, 1_000_000);
  }

  private void share(
      String session, String loop, boolean home, int consumers, double busy, long bytes) {
    shares.add(new Share<>(session, loop, home, consumers, busy, bytes));
    loads.merge(loop, busy, Double::sum);
  }

  private void loops(String... names) {
    shares.clear();
    loads.clear();
    for (String name : names) {
      loads.put(name, 0.0);
    }
  }

  private List<Move<String, String>> next() {
    return rules.next(loads, shares, idle);
  }

  /** The moves of the first of these windows that has any. */
  private List<Move<String, String>> within(int windows) {
    for (int i = 0; i < windows; i++) {
      List<Move<String, String>> moves = next();
      if (!moves.isEmpty()) {
        return moves;
      }
    }
    return List.of();
  }

  @Test
  void aLoopThatHasTimeKeepsAllItHas() {
    loops("a", "b");
    share("s", "a", true, 16, 0.8);

    assertThat(within(100)).isEmpty();
  }

  @Test
  void onePeakIsNotEnough() {
    for (int i = 0; i < 50; i++) {
      loops("a", "b");
      share("s", "a", true, 16, i % 2 == 0 ? 0.99 : 0.3);
      assertThat(next()).isEmpty();
    }
  }

  @Test
  void onePeakBehindACalmWindowIsNotEnoughEither() {
    rules.calmWindow();
    loops("a", "b");
    share("s", "a", true, 16, 0.5);
    assertThat(next()).isEmpty();
    loops("a", "b");
    share("s", "a", true, 16, 0.99);
    assertThat(next()).isEmpty();
    assertThat(next()).hasSize(1);
  }

  @Test
  void aSessionThatFillsItsLoopIsSpreadWhereTheMachineHasTime() {
    loops("a", "b");
    share("s", "a", true, 16, 0.96);

    assertThat(next()).isEmpty();
    assertThat(next()).containsExactly(new Move.Spread<>("s", "a", "b", 0.48));
  }

  @Test
  void itIsNotWhereTheClientsHaveTheOtherProcessors() {
    idle = 0.2;
    loops("a", "b");
    share("s", "a", true, 16, 0.98);

    assertThat(within(100)).isEmpty();
  }

  @Test
  void oneConsumerCannotBeSpread() {
    loops("a", "b");
    share("s", "a", true, 1, 0.98);

    assertThat(within(100)).isEmpty();
  }

  @Test
  void quietSessionsLeaveABusyOneEvenIfNoProcessorIsIdle() {
    idle = 0;
    loops("a", "b");
    share("busy", "a", true, 16, 0.95);
    share("quiet 1", "a", true, 1, 0.02);
    share("asleep", "a", true, 1, 0.0);
    share("quiet 2", "a", true, 3, 0.01);

    assertThat(within(3))
        .containsExactly(
            new Move.Whole<>("quiet 1", "a", "b"), new Move.Whole<>("quiet 2", "a", "b"));
  }

  @Test
  void equalSessionsAreShared() {
    loops("a", "b", "c");
    for (int i = 0; i < 4; i++) {
      share("s" + i, "a", true, 2, 0.24);
    }

    assertThat(within(3)).hasSize(2).allMatch(move -> move instanceof Move.Whole<?, ?>);
  }

  @Test
  void nothingMovesBetweenLoopsThatAreAllBusy() {
    loops("a", "b");
    share("s", "a", true, 16, 0.97);
    share("t", "b", true, 16, 0.9);

    assertThat(within(100)).isEmpty();
  }

  @Test
  void whatBroughtNothingComesBackAndIsLeftAloneForLongerEachTime() {
    List<Integer> spreadIn = new ArrayList<>();
    boolean spread = false;
    for (int window = 0; window < 1_000; window++) {
      loops("a", "b");
      if (spread) { // two loops, and no more gets through
        share("s", "a", true, 8, 0.9, 500_000);
        share("s", "b", false, 8, 0.9, 500_000);
      } else {
        share("s", "a", true, 16, 0.98, 1_000_000);
      }
      for (Move<String, String> move : next()) {
        if (move instanceof Move.Spread<String, String>) {
          spreadIn.add(window);
          spread = true;
        } else {
          assertThat(move).isEqualTo(new Move.Gather<>("s", "a"));
          spread = false;
        }
      }
    }
    assertThat(spreadIn).hasSizeBetween(4, 6);
    for (int i = 2; i < spreadIn.size(); i++) {
      assertThat(spreadIn.get(i) - spreadIn.get(i - 1))
          .isGreaterThan(3 * (spreadIn.get(i - 1) - spreadIn.get(i - 2)) / 2);
    }
  }

  @Test
  void whatBroughtMoreStaysAndComesBackWhenAllIsCalm() {
    loops("a", "b");
    share("s", "a", true, 16, 0.98);
    assertThat(within(2)).hasSize(1);
    for (int window = 0; window < 200; window++) {
      loops("a", "b");
      share("s", "a", true, 8, 0.8, 900_000);
      share("s", "b", false, 8, 0.7, 900_000);
      assertThat(next()).isEmpty();
    }
    for (int window = 0; window < BalanceRules.CALM_WINDOWS - 1; window++) {
      loops("a", "b");
      share("s", "a", true, 8, 0.2, 100_000);
      share("s", "b", false, 8, 0.2, 100_000);
      assertThat(next()).isEmpty();
    }
    assertThat(next()).containsExactly(new Move.Gather<>("s", "a"));
  }

  @Test
  void aSpreadSessionThatStillFillsALoopIsSpreadFurther() {
    loops("a", "b", "c", "d");
    share("s", "a", true, 16, 0.99);
    assertThat(within(2)).hasSize(1);
    loops("a", "b", "c", "d");
    share("s", "a", true, 8, 0.99, 900_000);
    share("s", "b", false, 8, 0.9, 900_000);

    assertThat(within(20)).containsExactly(new Move.Spread<>("s", "a", "c", 0.495));
  }

  @Test
  void quietSessionsDoNotWaitForALoopThatIsHotterAndHasNothingToGive() {
    idle = 0;
    loops("a", "b", "c");
    share("alone", "a", true, 16, 0.99);
    share("busy", "b", true, 16, 0.88);
    share("quiet", "b", true, 1, 0.03);

    assertThat(within(3)).containsExactly(new Move.Whole<>("quiet", "b", "c"));
  }

  @Test
  void aSessionWhoseConsumersWentAwayOnTheWayMayBeSpreadLater() {
    loops("a", "b");
    share("s", "a", true, 16, 0.96);
    assertThat(within(2)).hasSize(1);
    loops("a", "b");
    share("s", "a", true, 1, 0.1); // those who were to go have gone for good
    assertThat(within(10)).isEmpty();

    loops("a", "b");
    share("s", "a", true, 16, 0.96);
    assertThat(within(5)).containsExactly(new Move.Spread<>("s", "a", "b", 0.48));
  }

  @Test
  void nothingIsAskedForWhileNobodyIsBusy() {
    assertThat(rules.wantsShares(List.of(0.1, 0.3))).isFalse();
    assertThat(rules.wantsShares(List.of(0.1, 0.7))).isTrue();
    loops("a", "b");
    share("s", "a", true, 16, 0.99);
    assertThat(within(2)).hasSize(1);
    assertThat(rules.wantsShares(List.of(0.0, 0.0))).as("it has to come back").isTrue();
    loops("a", "b");
    within(1);
    assertThat(rules.wantsShares(List.of(0.0, 0.0))).as("it is gone").isFalse();
  }

  /** A load that changes at random moves somebody now and then, not all the time. */
  @Test
  void loadsThatSwingDoNotMakeConnectionsSwing() {
    Random random = new Random(5);
    int moves = 0;
    for (int window = 0; window < 10_000; window++) {
      loops("a", "b", "c", "d");
      for (int i = 0; i < 8; i++) {
        share("s" + i, List.of("a", "b", "c", "d").get(i % 4), true, 4, random.nextDouble() / 2);
      }
      loads.replaceAll((loop, load) -> Math.min(1, load));
      moves += next().size();
    }
    assertThat(moves).isLessThan(500);
  }
}
