package io.hydrasync.server.internal.cluster;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many links are being made at a time: where an owner dies, all its sessions want one at once.
 * Thread-safe.
 */
final class LinkSlots {
  /** At a time. */
  static final int MOST = 64;

  private final AtomicInteger free = new AtomicInteger(MOST);

  /** Whether there may be one more; it is to be given back. */
  boolean tryTake() {
    return free.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
  }

  void giveBack() {
    free.incrementAndGet();
  }
}
