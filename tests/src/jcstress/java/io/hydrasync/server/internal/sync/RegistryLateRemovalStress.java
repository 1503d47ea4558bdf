package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** An entry is removed late, when somebody has found it gone and begun its successor. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the successor is there, and the guest in it")
@Outcome(expect = FORBIDDEN, desc = "the successor was removed, or the guest is lost")
@State
public class RegistryLateRemovalStress {
  private final Registry<String, Room> registry = new Registry<>();
  private final RoomGuest guest = new RoomGuest(registry, 10);
  private final Room old;

  /** The old entry has decided that it is gone and has not come to say so. */
  public RegistryLateRemovalStress() {
    RoomGuest first = new RoomGuest(registry, 10);
    registry.visit(Room.NAME, first);
    old = first.in;
    old.execute(() -> old.gone = true);
  }

  @Actor
  public void joins() {
    registry.visit(Room.NAME, guest);
  }

  @Actor
  public void removes() {
    registry.remove(Room.NAME, old);
  }

  @Arbiter
  public void look(II_Result result) {
    Room in = guest.in;
    result.r1 = registry.count() == 1 && registry.all().contains(in) ? 1 : 0;
    result.r2 = in != null && in != old ? in.guests : -1;
  }
}
