package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Somebody joins while the linger time of an entry without anybody in it ends: in the old one,
 * which stays then, or in a new one.
 */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "in the old entry, before it could go")
@Outcome(id = "2, 1, 1", expect = ACCEPTABLE, desc = "in a new one, behind it")
@Outcome(expect = FORBIDDEN, desc = "lost, or in an entry that is gone or cannot be found")
@State
public class RegistryExpiryStress {
  private final Registry<String, Room> registry = new Registry<>();
  private final RoomGuest guest = new RoomGuest(registry, 10);
  private final Room old;

  /** The old entry is there and empty. */
  public RegistryExpiryStress() {
    RoomGuest first = new RoomGuest(registry, 10);
    registry.visit(Room.NAME, first);
    old = first.in;
    old.execute(() -> old.guests = 0);
  }

  @Actor
  public void joins() {
    registry.visit(Room.NAME, guest);
  }

  @Actor
  public void expires() {
    old.expire();
  }

  @Arbiter
  public void look(III_Result result) {
    Room in = guest.in;
    result.r1 = in == null ? 0 : in == old ? 1 : 2;
    result.r2 = in != null && !in.gone ? in.guests : -1;
    result.r3 = registry.count() == 1 && registry.all().contains(in) ? 1 : 0;
  }
}
