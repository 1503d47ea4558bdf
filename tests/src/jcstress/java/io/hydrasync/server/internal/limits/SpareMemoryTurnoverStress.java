package io.hydrasync.server.internal.limits;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.util.internal.CleanableDirectBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * One takes and gives back, another takes to keep it and closes: what somebody holds is not let go
 * of, and all else is, once.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "each buffer has one end")
@Outcome(expect = FORBIDDEN, desc = "let go of while in use, twice, or never")
@State
public class SpareMemoryTurnoverStress {
  private final CountedMemory.Source source = new CountedMemory.Source();
  private final SpareMemory spare = source.spare();
  private CleanableDirectBuffer held;

  /** One is spare. */
  public SpareMemoryTurnoverStress() {
    spare.give(source.make());
  }

  @Actor
  public void turnsOver() {
    CleanableDirectBuffer memory = spare.take(CountedMemory.BYTES);
    spare.give(memory);
  }

  @Actor
  public void keepsAndCloses() {
    held = spare.take(CountedMemory.BYTES);
    spare.close();
  }

  @Arbiter
  public void look(II_Result result) {
    for (CountedMemory memory : source.made) {
      int wanted = memory == held ? 0 : 1;
      int missed = memory.cleaned.get() - wanted;
      if (memory == held) {
        result.r1 = missed;
      } else if (missed != 0) {
        result.r2 = missed;
      }
    }
  }
}
