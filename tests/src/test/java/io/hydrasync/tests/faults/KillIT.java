package io.hydrasync.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Short runs of {@link Kills}; {@code tests/bin/kills} does the long ones. */
@Tag("any-jdk")
@Timeout(value = 20, unit = TimeUnit.MINUTES)
public class KillIT {
  private static final int KILLS = Integer.getInteger("kills", 3);

  private static long seed(String what) {
    long seed = Long.getLong("kills.seed", System.nanoTime());
    System.out.println("kills: " + what + ", seed " + seed + "; again with -Dkills.seed=" + seed);
    return seed;
  }

  @Test
  void aConsumerThatIsKilledGoesOnWithoutLossOrRepetition() throws Exception {
    System.out.println("kills: " + ConsumerKills.run(KILLS, seed("consumer")));
  }

  @Test
  void nothingIsLostWhenTheRelayIsKilled() throws Exception {
    Kills.Result result = Kills.ofRelay(KILLS, seed("relay"), false);

    System.out.println("kills: " + result);
    assertThat(result.missing()).isZero();
    assertThat(result.gaps()).isZero();
  }

  @Test
  void whatTheProducersRingNoLongerHoldsIsAnnounced() throws Exception {
    Kills.Result result = Kills.ofRelay(KILLS, seed("tiny ring"), true);

    System.out.println("kills: " + result);
    assertThat(result.missing()).as("the test has to lose something").isPositive();
    assertThat(result.gaps()).isPositive();
  }
}
