package io.hydrasync.server.internal.limits;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Memory is given back while the relay closes: it is let go of, once. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "once, by one of the two")
@Outcome(expect = FORBIDDEN, desc = "kept for ever, or let go of twice")
@State
public class SpareMemoryCloseStress {
  private final CountedMemory.Source source = new CountedMemory.Source();
  private final SpareMemory spare = source.spare();
  private final CountedMemory memory = source.make();

  @Actor
  public void gives() {
    spare.give(memory);
  }

  @Actor
  public void closes() {
    spare.close();
  }

  @Arbiter
  public void look(I_Result result) {
    result.r1 = memory.cleaned.get();
  }
}
