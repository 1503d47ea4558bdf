package io.hydrasync.client;

import java.util.ArrayList;
import java.util.List;

/** Threads that an application may call from. */
public enum ThreadKind {
  PLATFORM,
  VIRTUAL;

  /** Those that the JDK in use has. */
  static List<ThreadKind> all() {
    List<ThreadKind> kinds = new ArrayList<>(List.of(PLATFORM));
    if (Runtime.version().feature() >= 21) {
      kinds.add(VIRTUAL);
    }
    return kinds;
  }

  Thread start(Runnable work) {
    if (this == PLATFORM) {
      Thread thread = new Thread(work, "test-caller");
      thread.setDaemon(true);
      thread.start();
      return thread;
    }
    try { // by reflection: this class is compiled for 17
      return (Thread)
          Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, work);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
