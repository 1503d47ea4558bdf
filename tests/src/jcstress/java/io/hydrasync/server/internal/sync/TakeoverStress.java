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
 * Two producers take the same session over while its linger time ends: both were in a session at a
 * time when it was not gone, the one that is left can be found, and nobody was alone in two.
 */
@JCStressTest
@Outcome(id = "1, 2, 2", expect = ACCEPTABLE, desc = "both in the old session, one after the other")
@Outcome(id = "2, 2, 2", expect = ACCEPTABLE, desc = "the old one went first: both in the new one")
@Outcome(expect = FORBIDDEN, desc = "two live sessions, or a producer in none")
@State
public class TakeoverStress {
  private final Registry<String, Room> registry = new Registry<>();
  private final RoomGuest one = new RoomGuest(registry);
  private final RoomGuest two = new RoomGuest(registry);
  private final Room old;

  /** The producer so far has left. */
  public TakeoverStress() {
    RoomGuest first = new RoomGuest(registry, 10);
    registry.visit(Room.NAME, first);
    old = first.in;
    old.execute(() -> old.guests = 0);
  }

  @Actor
  public void firstProducer() {
    registry.visit(Room.NAME, one);
  }

  @Actor
  public void expiryAndSecondProducer() {
    old.expire();
    registry.visit(Room.NAME, two);
  }

  @Arbiter
  public void look(III_Result result) {
    Room in = one.in;
    boolean found = registry.count() == 1 && registry.all().contains(in);
    if (found && in == two.in && !in.gone) {
      result.r1 = in == old ? 1 : 2;
      result.r2 = in.producers;
      result.r3 = one.arrivals() + two.arrivals();
    }
  }
}
