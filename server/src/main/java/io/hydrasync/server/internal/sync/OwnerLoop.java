package io.hydrasync.server.internal.sync;

import java.util.concurrent.Executor;

/**
 * The loop on which decisions are taken, which may become another one.
 *
 * <p>{@link #execute} is for any thread. There is one writer at a time: a task runs only on the
 * loop that is the owner, and only a task of the owner makes another loop the owner, as its last
 * act. So from a task's first look at {@link #loop} to its end nobody else changes it, and no two
 * tasks run at a time. What a task has written is seen by all later ones: on the same loop anyway,
 * and on the next because its tasks have read the volatile field that the old one wrote last. No
 * task is lost: one that finds itself on the wrong loop is given to the owner of that moment.
 *
 * <p>Tasks of one thread keep their order, but for those that are given around a move: one that has
 * to be sent on may come behind a later one that went to the new owner directly.
 *
 * @param <L> loops, which run one task after the other
 */
public final class OwnerLoop<L extends Executor> {
  private volatile L loop;

  public OwnerLoop(L first) {
    loop = first;
  }

  /** The owner of this moment; does not change during a task of the owner. */
  public L loop() {
    return loop;
  }

  /** Runs a task on the owner. From any thread. */
  public void execute(Runnable task) {
    L at = loop;
    Tasks.give(
        at,
        () -> {
          if (loop == at) {
            task.run();
          } else {
            execute(task); // the owner has changed since
          }
        });
  }

  /**
   * Makes a loop the owner. On the owner so far, whose last act this is.
   *
   * @param next the owner from now on
   * @param arrived run there, at once if nothing changes. Tasks of others may come in front of it,
   *     and may even have moved on by then
   */
  public void moveTo(L next, Runnable arrived) {
    if (next == loop) {
      arrived.run();
    } else {
      loop = next;
      Tasks.give(next, arrived);
    }
  }
}
