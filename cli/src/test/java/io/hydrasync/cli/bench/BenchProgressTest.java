package io.hydrasync.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchProgressTest {
  private static final BenchPlan PLAN =
      new BenchPlan(
          1, 1, 1_024, 1, OptionalDouble.empty(), Duration.ofSeconds(2), Duration.ofSeconds(5));

  @Test
  void saysWhatItDoes() {
    assertThat(BenchProgress.line(PLAN, 1, 80))
        .isEqualTo("[###############...............]  warming up  1 of 2 s");
    assertThat(BenchProgress.line(PLAN, 4.5, 80))
        .isEqualTo("[###############...............]  measuring  2 of 5 s");
    assertThat(BenchProgress.line(PLAN, 8, 80)).endsWith("]  waiting for the consumers' end");
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 59, 79, 100, 199})
  void isNeverWiderThanTheTerminal(int columns) {
    assertThat(BenchProgress.line(PLAN, 8, columns)).hasSizeLessThanOrEqualTo(columns);
  }
}
