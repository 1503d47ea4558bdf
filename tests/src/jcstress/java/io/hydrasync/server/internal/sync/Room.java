package io.hydrasync.server.internal.sync;

import java.util.concurrent.Executor;

/**
 * An entry of a registry with the decisions of a session that matter there: consumers join, the
 * producer's place is taken over, and when nobody is left it is gone. All fields are plain: what is
 * seen of them is seen through the owner.
 */
public final class Room implements Executor {
  static final String NAME = "room";

  private final Registry<String, Room> registry;
  private final OwnerLoop<TaskQueue> owner;
  int guests;
  int producers;
  boolean gone;

  Room(Registry<String, Room> registry, TaskQueue loop) {
    this.registry = registry;
    owner = new OwnerLoop<>(loop);
  }

  @Override
  public void execute(Runnable task) {
    owner.execute(task);
  }

  /** Somebody comes to stay. */
  boolean enter() {
    if (gone) {
      return false;
    }
    guests++;
    return true;
  }

  /** A producer comes, on its own loop from now on. */
  boolean takeOver(TaskQueue loop, Runnable arrived) {
    if (gone) {
      return false;
    }
    producers++;
    owner.moveTo(loop, arrived);
    return true;
  }

  /** The linger time is over: gone, unless somebody has come. */
  void expire() {
    execute(
        () -> {
          if (guests == 0 && producers == 0) {
            gone = true;
            registry.remove(NAME, this);
          }
        });
  }
}
