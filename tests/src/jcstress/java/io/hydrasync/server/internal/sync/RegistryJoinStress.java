package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two join the same new name: there is one entry, and both are in it. */
@JCStressTest
@Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "one entry with both")
@Outcome(expect = FORBIDDEN, desc = "two entries, or somebody is lost")
@State
public class RegistryJoinStress {
  private final Registry<String, Room> registry = new Registry<>();
  private final RoomGuest one = new RoomGuest(registry, 10);
  private final RoomGuest two = new RoomGuest(registry, 10);

  @Actor
  public void first() {
    registry.visit(Room.NAME, one);
  }

  @Actor
  public void second() {
    registry.visit(Room.NAME, two);
  }

  @Arbiter
  public void look(II_Result result) {
    result.r1 = registry.count();
    registry.all().stream()
        .filter(room -> room == one.in && room == two.in)
        .forEach(room -> result.r2 += room.guests);
  }
}
