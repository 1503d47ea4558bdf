package io.hydrasync.server.internal.sync;

import java.util.function.Predicate;

/** A guest of a registry of rooms, which remembers where it has ended up. */
final class RoomGuest implements Registry.Guest<String, Room> {
  private final Registry<String, Room> registry;
  private final int limit;
  private final Predicate<Room> step;
  private final TaskQueue loop = new TaskQueue();
  private int arrivals;
  volatile Room in;
  volatile Registry.Refusal refusal;

  RoomGuest(Registry<String, Room> registry, int limit) {
    this.registry = registry;
    this.limit = limit;
    step = Room::enter;
  }

  /** A guest that takes the room over, with a loop of its own. */
  RoomGuest(Registry<String, Room> registry) {
    this.registry = registry;
    limit = Integer.MAX_VALUE;
    step = room -> room.takeOver(loop, () -> arrivals++);
  }

  /** How often its own loop has had a room given to it. */
  int arrivals() {
    return arrivals;
  }

  @Override
  public Room begin(String name) {
    return new Room(registry, loop);
  }

  @Override
  public int limit() {
    return limit;
  }

  @Override
  public boolean visit(Room room) {
    boolean received = step.test(room);
    if (received) {
      in = room;
    }
    return received;
  }

  @Override
  public void refused(Registry.Refusal why) {
    refusal = why;
  }

  @Override
  public void guarded(Runnable step) {
    step.run();
  }
}
