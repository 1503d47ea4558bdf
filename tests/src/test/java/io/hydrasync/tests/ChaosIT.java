package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short run of {@link Chaos}; {@code tests/bin/chaos} is the long one. */
class ChaosIT {
  private static final int FAULTS = Integer.getInteger("chaos.faults", 250);

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void deliversEveryMessageOnceAndInOrderWhateverHappensToTheConnections() throws Exception {
    long seed = Long.getLong("chaos.seed", System.nanoTime());
    System.out.println("chaos: seed " + seed + "; again with -Dchaos.seed=" + seed);

    Chaos.Result result = Chaos.run(Chaos.Plan.of(FAULTS, seed));

    System.out.println("chaos: " + result);
    assertThat(result.allFaults()).isGreaterThanOrEqualTo(FAULTS);
    assertThat(result.messages()).isPositive();
  }
}
