package io.hydrasync.server.internal.arrival;

import java.util.concurrent.atomic.AtomicInteger;

/** How many observers of the later classic wire there may be, beside all others. Thread-safe. */
public final class Observers {
  private static final int MOST = 16;

  private final AtomicInteger count = new AtomicInteger();

  /** Takes one of the few places. */
  boolean tryEnter() {
    if (count.incrementAndGet() <= MOST) {
      return true;
    }
    count.decrementAndGet();
    return false;
  }

  /** Gives it back. */
  void left() {
    count.decrementAndGet();
  }
}
