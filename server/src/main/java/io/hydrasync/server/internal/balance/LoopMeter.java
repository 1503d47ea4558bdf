package io.hydrasync.server.internal.balance;

import io.hydrasync.server.internal.loop.BusyLoop;
import io.netty.util.concurrent.EventExecutor;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures which share of the time event loops are at work, and how much of the machine has nothing
 * to do. Not thread-safe.
 */
final class LoopMeter {
  private final Map<EventExecutor, Long> before = new IdentityHashMap<>();
  private long beforeNanos;

  /**
   * The share of the time that each loop has been at work since the last call; 0 at the first.
   *
   * @param loops of which those count that are a {@link BusyLoop}
   */
  Map<EventExecutor, Double> measure(List<? extends EventExecutor> loops) {
    long now = System.nanoTime();
    double elapsed = Math.max(1, now - beforeNanos);
    beforeNanos = now;
    Map<EventExecutor, Double> shares = new IdentityHashMap<>();
    for (EventExecutor loop : loops) {
      long busy = loop instanceof BusyLoop measured ? measured.busyNanos() : 0;
      Long last = before.put(loop, busy);
      shares.put(loop, last == null ? 0 : Math.max(0, Math.min(1, (busy - last) / elapsed)));
    }
    return shares;
  }

  /**
   * How many processors have had nothing to do lately; those of a container, where there is one.
   * All of them if nobody can tell.
   */
  static double idleProcessors() {
    OperatingSystemMXBean machine = ManagementFactory.getOperatingSystemMXBean();
    int processors = machine.getAvailableProcessors();
    if (machine instanceof com.sun.management.OperatingSystemMXBean counting) {
      double load = counting.getCpuLoad();
      return load < 0 ? processors : processors * (1 - Math.min(1, load));
    }
    return processors;
  }
}
