package io.hydrasync.server.internal.limits;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two take where one spare buffer is: one gets it. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the first has it")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the second has it")
@Outcome(expect = FORBIDDEN, desc = "handed out twice, or not at all")
@State
public class SpareMemoryTakeStress {
  private final CountedMemory.Source source = new CountedMemory.Source();
  private final SpareMemory spare = source.spare();
  private final CountedMemory memory = source.make();

  /** One is spare. */
  public SpareMemoryTakeStress() {
    spare.give(memory);
  }

  @Actor
  public void first(II_Result result) {
    result.r1 = spare.take(CountedMemory.BYTES) == memory ? 1 : 0;
  }

  @Actor
  public void second(II_Result result) {
    result.r2 = spare.take(CountedMemory.BYTES) == memory ? 1 : 0;
  }

  @Arbiter
  public void look(II_Result result) {
    if (memory.cleaned.get() != 0) {
      result.r1 = -1;
    }
  }
}
