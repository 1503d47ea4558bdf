package io.hydrasync.server.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.Test;

class SpareMemoryTest {
  private static final int USUAL = 1 << 20;

  private final SpareMemory spare = new SpareMemory(16L * USUAL);

  @Test
  void givesBackWhatItWasGiven() {
    CleanableDirectBuffer first = spare.take(USUAL);
    first.buffer().position(17).limit(100);
    spare.give(first);

    CleanableDirectBuffer second = spare.take(USUAL);

    assertThat(second).isSameAs(first);
    assertThat(second.buffer().remaining()).isEqualTo(USUAL);
    second.clean();
  }

  @Test
  void keepsSizesApart() {
    CleanableDirectBuffer first = spare.take(USUAL);
    spare.give(first);

    CleanableDirectBuffer other = spare.take(USUAL / 2);

    assertThat(other.buffer().capacity()).isEqualTo(USUAL / 2);
    other.clean();
    spare.close();
  }

  @Test
  void letsGoOfWhatIsSpareBeforeItSaysThatThereIsNoMemory() {
    int[] left = {1};
    SpareMemory scarce =
        new SpareMemory(
            16L * USUAL,
            bytes -> {
              if (left[0] == 0) {
                left[0] = 1; // what will be let go of
                throw new OutOfMemoryError("test");
              }
              left[0]--;
              return PlatformDependent.allocateDirect(bytes);
            });
    scarce.give(scarce.take(USUAL));

    CleanableDirectBuffer other = scarce.take(USUAL / 2);

    assertThat(other.buffer().capacity()).isEqualTo(USUAL / 2);
    other.clean();
    left[0] = 1;
    CleanableDirectBuffer fresh = scarce.take(USUAL);
    assertThat(left[0]).as("none was spare").isZero();
    fresh.clean();
  }

  @Test
  void doesNotAskTwiceWhereNothingIsSpare() {
    int[] asked = {0};
    SpareMemory none =
        new SpareMemory(
            16L * USUAL,
            bytes -> {
              asked[0]++;
              throw new OutOfMemoryError("test");
            });

    assertThatThrownBy(() -> none.take(USUAL)).isInstanceOf(OutOfMemoryError.class);

    assertThat(asked[0]).isEqualTo(1);
  }

  @Test
  void keepsNothingSmallNothingBeyondItsBoundAndNothingOnceClosed() {
    for (int bytes : new int[] {2048, 4 * USUAL}) {
      CleanableDirectBuffer buffer = spare.take(bytes);
      spare.give(buffer);
      CleanableDirectBuffer next = spare.take(bytes);
      assertThat(next).isNotSameAs(buffer);
      next.clean();
    }
    CleanableDirectBuffer last = spare.take(USUAL);
    spare.close();
    spare.give(last);
    CleanableDirectBuffer next = spare.take(USUAL);
    assertThat(next).isNotSameAs(last);
    next.clean();
  }
}
