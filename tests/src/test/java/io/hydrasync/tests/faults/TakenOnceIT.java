package io.hydrasync.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.tests.support.Attempts;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Messages are taken once, whatever happens; {@link TakenOnce} says what. */
class TakenOnceIT {
  private static final int ROUNDS = Integer.getInteger("taken.rounds", 6);
  private static final long SEED = Long.getLong("taken.seed", System.nanoTime());

  @Test
  void whatThrewNeverComesAndWhatArrivedCameOnceInOrder() throws Exception {
    System.out.println("taken once: seed " + SEED + ", " + ROUNDS + " rounds");
    long messages = 0;
    for (int i = 0; i < ROUNDS; i++) {
      TakenOnce.Result result = TakenOnce.round(SEED + i);
      assertThat(result.problems())
          .as("seed %d, one round: %s", SEED + i, result.story())
          .isEmpty();
      messages += result.messages();
      Attempts.one();
    }
    assertThat(messages).as("delivered in all").isPositive();
  }

  @Test
  void thatIsSoWithoutMemory() throws Exception {
    System.out.println("taken once, small heap: seed " + SEED);
    Optional<TakenOnce.Result> result = Optional.empty();
    for (int i = 0; result.isEmpty(); i++) {
      assertThat(i).as("rounds without a report").isLessThan(10);
      result = TakenSmallHeap.round(SEED + i);
    }

    assertThat(result.get().problems()).as("seed %d, %s", SEED, result.get().story()).isEmpty();
    assertThat(result.get().messages()).isPositive();
  }
}
