package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A consumer's loop is listed and reads the tail, while the writer publishes and wakes those
 * listed.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "lost: not woken, and the tail not seen")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the writer wakes the loop")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the consumer sees the tail")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
@State
public class SubscribersStress {
  private final Subscribers<String> loops = new Subscribers<>();
  private volatile int tail;

  @Actor
  public void consumer(II_Result result) {
    loops.list("loop"::equals, () -> "loop");
    result.r1 = tail;
  }

  @Actor
  public void writer(II_Result result) {
    tail = 1;
    loops.forEach(loop -> result.r2 = 1);
  }
}
