package io.hydrasync.server.internal.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** One after the other; what happens at the same moment is shown by the jcstress tests. */
class RegistryTest {
  private final Registry<String, Room> registry = new Registry<>();
  private final List<Room> made = new ArrayList<>();

  /** An entry whose tasks run when the test says so. */
  private static final class Room implements Executor {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Guest> guests = new ArrayList<>();
    private boolean gone;

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    void run() {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }
  }

  private final class Guest implements Registry.Guest<String, Room> {
    private final List<Registry.Refusal> refusals = new ArrayList<>();
    private int guarded;

    @Override
    public Room begin(String name) {
      made.add(new Room());
      return made.get(made.size() - 1);
    }

    @Override
    public int limit() {
      return 2;
    }

    @Override
    public boolean visit(Room room) {
      return !room.gone && room.guests.add(this);
    }

    @Override
    public void refused(Registry.Refusal why) {
      refusals.add(why);
    }

    @Override
    public void guarded(Runnable step) {
      guarded++;
      step.run();
    }
  }

  private Guest visit(String name) {
    Guest guest = new Guest();
    registry.visit(name, guest);
    return guest;
  }

  @Test
  void bringsGuestsOfANameTogether() {
    Guest one = visit("a");
    Guest two = visit("a");
    Guest three = visit("b");
    made.forEach(Room::run);

    assertThat(registry.all()).containsExactlyInAnyOrderElementsOf(made);
    assertThat(made.get(0).guests).containsExactly(one, two);
    assertThat(made.get(1).guests).containsExactly(three);
    assertThat(one.guarded).isEqualTo(1);
  }

  @Test
  void looksUpAnewForWhomIsToldThatTheEntryIsGone() {
    Guest one = visit("a");
    Guest two = visit("a");
    made.get(0).gone = true;
    made.get(0).run();
    made.get(1).run();

    assertThat(made).hasSize(2);
    assertThat(made.get(0).guests).isEmpty();
    assertThat(made.get(1).guests).containsExactly(one, two);
    assertThat(registry.all()).containsExactly(made.get(1));
  }

  @Test
  void leavesTheSuccessorAlone() {
    visit("a");
    registry.remove("a", made.get(0));
    visit("a");

    registry.remove("a", made.get(0));

    assertThat(registry.all()).containsExactly(made.get(1));
  }

  @Test
  void refusesOneMoreThanMayBeAndAdmitsAgainWhenOneIsGone() {
    visit("a");
    visit("b");
    Guest beyond = visit("c");
    Guest known = visit("b");

    assertThat(beyond.refusals).containsExactly(Registry.Refusal.FULL);
    assertThat(known.refusals).isEmpty();
    assertThat(registry.count()).isEqualTo(2);

    registry.remove("a", made.get(0));
    Guest next = visit("c");

    assertThat(next.refusals).isEmpty();
    assertThat(registry.count()).isEqualTo(2);
  }

  @Test
  void beginsNothingOnceItIsClosed() {
    visit("a");
    registry.close();

    Guest stranger = visit("b");
    Guest known = visit("a");
    made.get(0).run();

    assertThat(stranger.refusals).containsExactly(Registry.Refusal.CLOSED);
    assertThat(made.get(0).guests).contains(known);
    made.get(0).gone = true;
    Guest late = visit("a");
    made.get(0).run();
    assertThat(late.refusals).containsExactly(Registry.Refusal.CLOSED);
    assertThat(registry.all()).isEmpty();
  }
}
