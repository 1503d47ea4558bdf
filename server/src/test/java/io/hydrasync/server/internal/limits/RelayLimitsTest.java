package io.hydrasync.server.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.protocol.wire.Frames;
import org.junit.jupiter.api.Test;

class RelayLimitsTest {
  private static final int MIB = 1 << 20;

  private static RelayLimits limits(int maxFrame, long capacity) {
    return new RelayLimits(maxFrame, 8 * MIB, capacity, 2048, MIB, MIB, 1, 1, 1, 1, 1);
  }

  @Test
  void changesNothingWhereThereIsEnoughMemory() {
    RelayLimits asked = limits(Frames.MAX_LEN, 128L * MIB);

    assertThat(asked.fit(1L << 32)).isEqualTo(asked);
  }

  @Test
  void shrinksTheLargestFrameSoThatItFitsBesideTwoSegments() {
    RelayLimits fit = limits(Frames.MAX_LEN, 128L * MIB).fit(32L * MIB);

    assertThat(fit.capacityBytes()).isEqualTo(32L * MIB);
    assertThat(fit.maxFrame()).isEqualTo(30 * MIB - Frames.LEN_BYTES);
    assertThat(fit.retentionBytes()).isEqualTo(8 * MIB);
  }

  @Test
  void retainsNoMoreThanTheCapacity() {
    assertThat(limits(100_000, 128L * MIB).fit(4L * MIB).retentionBytes()).isEqualTo(4L * MIB);
  }

  @Test
  void refusesABudgetWithoutRoomForAFrame() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limits(Frames.MAX_LEN, 128L * MIB).fit(2L * MIB))
        .withMessageContaining("memory");
  }
}
