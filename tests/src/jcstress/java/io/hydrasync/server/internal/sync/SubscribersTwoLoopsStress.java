package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two loops are listed at a time: neither is lost. */
@JCStressTest
@Outcome(id = "2", expect = ACCEPTABLE, desc = "both loops")
@State
public class SubscribersTwoLoopsStress {
  private final Subscribers<String> loops = new Subscribers<>();

  @Actor
  public void one() {
    loops.list("one"::equals, () -> "one");
  }

  @Actor
  public void two() {
    loops.list("two"::equals, () -> "two");
  }

  @Arbiter
  public void count(I_Result result) {
    loops.forEach(loop -> result.r1++);
  }
}
