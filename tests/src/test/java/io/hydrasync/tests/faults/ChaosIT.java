package io.hydrasync.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.testing.NetworkFaults;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A short run of {@link Chaos}; {@code tests/bin/chaos} is the long one. */
@Tag("any-jdk")
public class ChaosIT {
  private static final int FAULTS = Integer.getInteger("chaos.faults", 150);
  private static final int CROWDED_FAULTS = 150;

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

  /** The log is too small here, so that the policy has to act. */
  @ParameterizedTest
  @EnumSource(value = Overflow.class, mode = EnumSource.Mode.EXCLUDE, names = "DEFAULT")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void everyPolicyKeepsItsPromiseInALogThatIsTooSmall(Overflow policy) throws Exception {
    long seed = Long.getLong("chaos.seed", System.nanoTime());
    System.out.println("chaos: " + policy + ", seed " + seed);
    NetworkFaults.Pace pace = Chaos.Plan.of(CROWDED_FAULTS, seed).pace();

    CrowdedChaos.Result result =
        CrowdedChaos.run(new Chaos.Plan(CROWDED_FAULTS, seed, policy, pace));

    System.out.println("chaos: " + result);
    assertThat(result.faults()).isGreaterThanOrEqualTo(CROWDED_FAULTS);
  }
}
