package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.CleanableDirectBuffer;
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
