package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two begin entries of two names where there may be one: one of them does. */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "one has begun, the other was refused")
@Outcome(expect = FORBIDDEN, desc = "beyond the limit, or refused without reason")
@State
public class RegistryLimitStress {
  private final Registry<String, Room> registry = new Registry<>();
  private final RoomGuest one = new RoomGuest(registry, 1);
  private final RoomGuest two = new RoomGuest(registry, 1);

  @Actor
  public void first() {
    registry.visit("one", one);
  }

  @Actor
  public void second() {
    registry.visit("two", two);
  }

  @Arbiter
  public void look(III_Result result) {
    result.r1 = registry.count();
    result.r2 = (one.in == null ? 0 : 1) + (two.in == null ? 0 : 1);
    result.r3 = (one.refusal == null ? 0 : 1) + (two.refusal == null ? 0 : 1);
  }
}
