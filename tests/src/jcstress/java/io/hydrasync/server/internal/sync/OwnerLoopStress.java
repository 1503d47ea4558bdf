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
 * The owner moves from loop to loop while tasks are given to it: each runs once, none at the same
 * time as another, and each sees what the earlier ones have written.
 */
@JCStressTest
@Outcome(id = "4, 2", expect = ACCEPTABLE, desc = "every task and every arrival")
@Outcome(expect = FORBIDDEN, desc = "a task is lost or has run beside another")
@State
public class OwnerLoopStress {
  private final TaskQueue left = new TaskQueue();
  private final TaskQueue right = new TaskQueue();
  private final OwnerLoop<TaskQueue> owner = new OwnerLoop<>(left);
  private int tasks;
  private int leftArrivals;
  private int rightArrivals;

  private void step() {
    tasks++;
  }

  @Actor
  public void moves() {
    owner.execute(this::step);
    owner.execute(() -> owner.moveTo(right, () -> rightArrivals++));
    owner.execute(this::step);
  }

  @Actor
  public void movesBack() {
    owner.execute(this::step);
    owner.execute(() -> owner.moveTo(left, () -> leftArrivals++));
    owner.execute(this::step);
  }

  @Arbiter
  public void look(II_Result result) {
    result.r1 = tasks;
    result.r2 = leftArrivals + rightArrivals;
  }
}
