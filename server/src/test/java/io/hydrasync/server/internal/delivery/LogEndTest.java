package io.hydrasync.server.internal.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A log ends behind its last frame, also where its owner publishes that, and the end, while a
 * consumer's loop is looking: the owner acts right after the first look, then after the second, and
 * so on.
 */
class LogEndTest {
  private static final long TAKEN = 100;
  private static final int LOOKS = 3;

  /** What is there, and an owner that goes on once there were so many looks. */
  private static final class Owner implements LogEnd.Sight {
    private final boolean ends;
    private final boolean finishes;
    private int left;
    private boolean over;
    private boolean finished;
    private long published = TAKEN;

    Owner(int afterLooks, boolean ends, boolean finishes) {
      left = afterLooks;
      this.ends = ends;
      this.finishes = finishes;
    }

    private <T> T seen(T value) {
      if (--left == 0) {
        published += 10;
        over = ends;
        finished = finishes;
      }
      return value;
    }

    @Override
    public boolean isFinished() {
      return seen(finished);
    }

    @Override
    public boolean isOver() {
      return seen(over);
    }

    @Override
    public long published() {
      return seen(published);
    }
  }

  @ParameterizedTest
  @CsvSource({"true,false", "false,true", "true,true"})
  void noFrameIsMissedWhenTheOwnerEndsInBetween(boolean ends, boolean finishes) {
    for (int looks = 1; looks <= LOOKS; looks++) {
      Owner owner = new Owner(looks, ends, finishes);
      assertThat(LogEnd.of(owner, TAKEN)).as("after %d looks", looks).isEqualTo(LogEnd.NONE);
    }
  }

  @Test
  void endsWhereEverythingHasBeenTaken() {
    assertThat(LogEnd.of(ended(true, false), TAKEN + 10)).isEqualTo(LogEnd.SESSION_OVER);
    assertThat(LogEnd.of(ended(false, true), TAKEN + 10)).isEqualTo(LogEnd.LOG_FINISHED);
    assertThat(LogEnd.of(ended(true, true), TAKEN + 10)).isEqualTo(LogEnd.LOG_FINISHED);
    assertThat(LogEnd.of(ended(false, false), TAKEN + 10)).isEqualTo(LogEnd.NONE);
  }

  @Test
  void doesNotEndInFrontOfTheTail() {
    assertThat(LogEnd.of(ended(true, true), TAKEN + 9)).isEqualTo(LogEnd.NONE);
  }

  private static LogEnd.Sight ended(boolean ends, boolean finishes) {
    Owner owner = new Owner(1, ends, finishes);
    owner.seen(0);
    return owner;
  }
}
