package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The writer publishes and raises; the loop, which had been woken before, lowers and looks. */
@JCStressTest
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "lost: not woken, and the tail not seen")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the loop sees the tail")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the loop is woken again")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
@State
public class WakeFlagStress {
  private final WakeFlag flag = new WakeFlag();
  private volatile int tail;

  /** The loop's task is about to run. */
  public WakeFlagStress() {
    flag.raise();
  }

  @Actor
  public void writer(II_Result result) {
    tail = 1;
    result.r1 = flag.raise() ? 1 : 0;
  }

  @Actor
  public void loop(II_Result result) {
    flag.lower();
    result.r2 = tail;
  }
}
