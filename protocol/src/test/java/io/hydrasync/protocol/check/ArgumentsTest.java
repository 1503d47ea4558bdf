package io.hydrasync.protocol.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void namesWhatIsNull() {
    assertThatNullPointerException()
        .isThrownBy(() -> Arguments.given(null, "a relay"))
        .withMessage("a relay is null");
    assertThatNullPointerException().isThrownBy(() -> Arguments.time(null, "a linger"));
    assertThatNullPointerException()
        .isThrownBy(() -> Arguments.allGiven(Collections.singletonList(null), "the roles"))
        .withMessage("one of the roles is null");
    assertThat(Arguments.allGiven(List.of(1, 2), "x")).containsExactly(1, 2);
  }

  @Test
  void takesTimesThatAddUp() {
    assertThat(Arguments.time(Duration.ZERO, "x")).isZero();
    assertThat(Arguments.time(ChronoUnit.FOREVER.getDuration(), "x")).isEqualTo(Arguments.FOREVER);
    assertThat(Arguments.FOREVER.toNanos()).isPositive();
  }

  @Test
  void refusesWhatIsOutOfBounds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Arguments.time(Duration.ofNanos(-1), "a linger"))
        .withMessage("a linger is not negative: PT-0.000000001S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Arguments.positiveTime(Duration.ofNanos(999_999), "a timeout"))
        .withMessageStartingWith("a timeout is at least 1 ms");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Arguments.between(9, "a size", 1, 8))
        .withMessage("a size is 1 to 8, not 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Arguments.atLeast(0, "a count", 1))
        .withMessage("a count is at least 1, not 0");
    assertThat(Arguments.atLeast(Long.MAX_VALUE, "x", 0)).isEqualTo(Long.MAX_VALUE);
  }
}
