package io.hydrasync.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A little fuzzing of every parser, and all that was ever found; {@code tests/bin/fuzz} does more.
 */
class FuzzIT {
  private static final int SECONDS = Integer.getInteger("fuzz.seconds", 8);

  @ParameterizedTest
  @EnumSource
  void dealsWithWhatWasFoundBeforeAndWithEveryPartOfIt(FuzzTarget target) throws IOException {
    Random random = new Random(target.ordinal());
    List<byte[]> inputs = FuzzRun.inputs(target);
    assertThat(inputs).isNotEmpty();
    for (byte[] input : inputs) {
      target.run(input.clone());
      for (int length = 0; length < input.length; length++) {
        target.run(Arrays.copyOf(input, length));
        byte[] changed = input.clone();
        changed[length] ^= (byte) (1 << random.nextInt(8));
        target.run(changed);
      }
    }
  }

  @Test
  @EnabledForJreRange(max = JRE.JAVA_21, disabledReason = "one JDK is enough")
  void findsNothingInAShortTime() throws Exception {
    FuzzRun.Result result = FuzzRun.run(Optional.empty(), "-max_total_time=" + SECONDS);

    assertThat(result.finding()).isEmpty();
    assertThat(result.executions()).isPositive();
    System.out.println("fuzz: " + result.executions() + " executions in " + SECONDS + " s");
  }
}
