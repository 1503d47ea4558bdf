package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SeqRangesTest {
  private final SeqRanges ranges = new SeqRanges();

  @Test
  void countsWhatIsInItsRanges() {
    ranges.add(0, 10);
    ranges.add(10, 12);
    ranges.add(20, 25);
    ranges.add(30, 30);

    assertThat(ranges.count()).isEqualTo(17);
  }

  @Test
  void cutsInTheMiddleOfARange() {
    ranges.add(0, 10);
    ranges.add(20, 30);

    ranges.cut(25);
    assertThat(ranges.count()).isEqualTo(15);
    ranges.cut(15);
    assertThat(ranges.count()).isEqualTo(10);
    ranges.cut(4);
    assertThat(ranges.count()).isEqualTo(4);
    ranges.cut(0);
    assertThat(ranges.count()).isZero();
  }

  @Test
  void takesOverWhatAnotherHas() {
    SeqRanges other = new SeqRanges();
    other.add(5, 7);
    ranges.add(0, 2);

    ranges.addAll(other);

    assertThat(ranges.count()).isEqualTo(4);
    assertThat(other.count()).isZero();
  }

  @Test
  void keepsTheSumOfManyRanges() {
    for (long i = 0; i < 10_000; i++) {
      ranges.add(10 * i, 10 * i + 3);
    }

    assertThat(ranges.count()).isEqualTo(30_000);
    ranges.cut(10 * 9_990);
    assertThat(ranges.count()).isEqualTo(3 * 9_990);
  }
}
