package io.hydrasync.cluster.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The first seeds; {@code tests/bin/cluster-simulation} plays as many as one likes, and shows what
 * happens in one.
 */
@Timeout(300)
class SimulationTest {
  private static final long SEEDS = 2_000;

  @Test
  void whateverGoesWrongNobodyIsLostAndNothingIsGivenTwice() {
    assertThat(LongStream.range(0, SEEDS).mapToObj(Simulation::run).filter(Objects::nonNull))
        .isEmpty();
  }

  @Test
  void aSeedIsPlayedAgainAsItWas() {
    List<String> first = Simulation.trace(11);
    assertThat(first).hasSizeGreaterThan(50).isEqualTo(Simulation.trace(11));
    assertThat(first).isNotEqualTo(Simulation.trace(12));
  }

  static List<Mutation> mutations() {
    return Mutation.ALL;
  }

  /** What the simulation is worth: each rule that is left out shows. */
  @ParameterizedTest
  @MethodSource("mutations")
  void aRuleThatIsLeftOutShows(Mutation mutation) {
    Mutant mutant = new Mutant(mutation.type(), mutation.line(), mutation.other());
    if (mutant.run(mutation.seed()) == null) {
      LongStream found =
          LongStream.range(0, SEEDS).filter(seed -> mutant.run(seed) != null).limit(1);
      assertThat(found).as("no seed shows that this is missing: %s", mutation.rule()).isNotEmpty();
    }
  }

  @Test
  void aMutationWhoseLineIsNotThereExactlyOnceFails() {
    assertThatThrownBy(() -> new Mutant("Claim", "no such line", ""))
        .hasMessageContaining("not exactly once");
    assertThatThrownBy(() -> new Mutant("Claim", "return", ""))
        .hasMessageContaining("not exactly once");
  }
}
