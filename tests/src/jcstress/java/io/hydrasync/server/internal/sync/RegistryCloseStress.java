package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The relay drains while somebody begins an entry: it is refused, or the drain knows of it. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "begun, and seen")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
@Outcome(expect = FORBIDDEN, desc = "begun behind the back of the drain")
@State
public class RegistryCloseStress {
  private final Registry<String, Room> registry = new Registry<>();
  private final RoomGuest guest = new RoomGuest(registry, 10);

  @Actor
  public void joins() {
    registry.visit(Room.NAME, guest);
  }

  @Actor
  public void drains(II_Result result) {
    registry.close();
    result.r2 = registry.all().size();
  }

  @Arbiter
  public void look(II_Result result) {
    result.r1 = guest.in != null && guest.refusal == null ? 1 : 0;
  }
}
