package io.hydrasync.server.internal.limits;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A session registers and tries again, while another gives its memory back. */
@JCStressTest
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "lost: no memory and not told")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "told")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "has the memory")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
@State
public class MemoryBudgetStress {
  private final MemoryBudget budget = new MemoryBudget(1);
  private volatile boolean told;

  /** The memory is used up. */
  public MemoryBudgetStress() {
    budget.tryReserve(1);
  }

  @Actor
  public void waiter(II_Result result) {
    budget.await(() -> told = true);
    result.r1 = budget.tryReserve(1) ? 1 : 0;
  }

  @Actor
  public void releaser() {
    budget.release(1);
  }

  @Arbiter
  public void look(II_Result result) {
    result.r2 = told ? 1 : 0;
  }
}
