package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The writer finds the log full and pauses; a cursor passes the end of the oldest segment. */
@JCStressTest
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "lost: paused for ever")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the cursor wakes the writer")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the writer sees the cursor")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
@State
public class RoomGateStress {
  private static final long SEGMENT_END = 64;

  private final RoomGate gate = new RoomGate();
  private volatile long cursor;

  @Actor
  public void writer(II_Result result) {
    gate.close(SEGMENT_END);
    result.r1 = cursor >= SEGMENT_END ? 1 : 0;
  }

  @Actor
  public void consumer(II_Result result) {
    cursor = SEGMENT_END;
    result.r2 = gate.passed(0, SEGMENT_END) ? 1 : 0;
  }
}
