package io.hydrasync.server.internal.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.internal.CleanableDirectBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(100);

  @Test
  void givesNoMoreThanItHas() {
    assertThat(budget.tryReserve(60)).isTrue();
    assertThat(budget.tryReserve(41)).isFalse();
    assertThat(budget.tryReserve(40)).isTrue();
    assertThat(budget.used()).isEqualTo(100);

    budget.release(60);

    assertThat(budget.used()).isEqualTo(40);
    assertThat(budget.tryReserve(60)).isTrue();
  }

  @Test
  void hasALittleForThoseWhoHaveNothingWhenReadersHaveTakenAllThatIsBeyond() {
    MemoryBudget full = new MemoryBudget(3200);
    assertThat(full.tryReserve(3200)).isTrue();
    assertThat(full.tryReserveForReader(200)).isTrue();

    assertThat(full.tryReserve(1)).isFalse();
    assertThat(full.tryReserveForReader(1)).isFalse();
    assertThat(full.tryReserveFirst(100)).isTrue();
    assertThat(full.tryReserveFirst(1)).isFalse();
  }

  @Test
  void keepsNoMemoryOnceItIsClosed() {
    MemoryBudget usual = new MemoryBudget(1L << 30);
    CleanableDirectBuffer spare = usual.memory().take(1 << 20);
    CleanableDirectBuffer late = usual.memory().take(1 << 20);
    usual.memory().give(spare);

    usual.close();
    usual.memory().give(late);

    CleanableDirectBuffer next = usual.memory().take(1 << 20);
    assertThat(next).isNotSameAs(spare).isNotSameAs(late);
    next.clean();
  }

  @Test
  void tellsAWaiterOnceAfterTheBytesAreBack() {
    AtomicInteger told = new AtomicInteger();
    budget.tryReserve(100);
    budget.await(
        () -> {
          told.incrementAndGet();
          assertThat(budget.tryReserve(10)).isTrue();
        });

    budget.release(10);
    budget.release(10);

    assertThat(told).hasValue(1);
  }
}
