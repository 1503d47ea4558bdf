package io.hydrasync.server.internal.log;

import io.hydrasync.server.internal.limits.MemoryBudget;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The log lets go of a segment while a cursor that may have lost it takes a reference: the cursor
 * reads the bytes, or is told that they are gone; and the memory comes back exactly once.
 */
@JCStressTest
@Outcome(id = "42, 0", expect = Expect.ACCEPTABLE, desc = "The cursor was first.")
@Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "The log was first.")
@Outcome(
    expect = Expect.FORBIDDEN,
    desc = "Bytes of memory that had gone, or memory not given back.")
@State
public class SegmentReleaseStress {
  private static final int SIZE = 64;

  private final MemoryBudget budget = new MemoryBudget(SIZE);
  private final Segment segment;

  public SegmentReleaseStress() {
    budget.tryReserve(SIZE);
    segment = new Segment(0, SIZE, budget);
    segment.bytes().put(SIZE - 1, (byte) 42);
  }

  @Actor
  public void log() {
    segment.release();
  }

  @Actor
  public void cursor(II_Result result) {
    if (segment.tryRetain()) {
      result.r1 = segment.bytes().get(SIZE - 1);
      segment.release();
    } else {
      result.r1 = -1;
    }
  }

  @Arbiter
  public void after(II_Result result) {
    result.r2 = (int) budget.used();
  }
}
