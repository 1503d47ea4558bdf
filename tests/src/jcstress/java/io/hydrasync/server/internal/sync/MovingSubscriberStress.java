package io.hydrasync.server.internal.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A consumer goes from one loop to another, and back, while the log grows: in the end it has seen
 * all of it, without a wake-up of the loop that it has left. What it keeps is plain memory, which
 * the loops hand over with their tasks.
 */
@JCStressTest
@Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "it has seen the end of the log")
@Outcome(expect = FORBIDDEN, desc = "it sleeps behind the end, or two loops have it")
@State
public class MovingSubscriberStress {
  private final Subscribers<Loop> subscribers = new Subscribers<>();
  private final Loop first = new Loop();
  private final Loop second = new Loop();
  private volatile long tail;

  /** The consumer's own: for the loop that has it. */
  private long seen;

  private int had;
  private int mistakes;

  /** A loop with its consumers, of which there is one or none. */
  private final class Loop {
    private final TaskQueue tasks = new TaskQueue();
    private final WakeFlag flag = new WakeFlag();
    private volatile boolean hasConsumer;

    void wake() {
      if (hasConsumer && flag.raise()) {
        tasks.execute(this::pump);
      }
    }

    private void pump() {
      flag.lower();
      if (hasConsumer) {
        look();
      }
    }

    private void look() {
      mistakes += had++ == 0 ? 0 : 1;
      seen = tail;
      had--;
    }

    void arrives() {
      subscribers.list(loop -> loop == this, () -> this);
      hasConsumer = true;
      look();
    }

    void moveTo(Loop next) {
      tasks.execute(
          () -> {
            if (hasConsumer) {
              hasConsumer = false;
              next.tasks.execute(next::arrives);
            }
          });
    }
  }

  public MovingSubscriberStress() {
    first.arrives();
  }

  @Actor
  public void writes() {
    tail = 1;
    subscribers.forEach(Loop::wake);
    tail = 2;
    subscribers.forEach(Loop::wake);
  }

  @Actor
  public void moves() {
    first.moveTo(second);
    second.moveTo(first);
  }

  @Arbiter
  public void look(II_Result result) {
    result.r1 = (int) seen;
    result.r2 = mistakes;
  }
}
