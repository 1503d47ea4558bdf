package io.hydrasync.server.internal.balance;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.lang.management.ThreadMXBean;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures how much processor time the threads of event loops take, and how much of the machine has
 * nothing to do. That costs the loops nothing. Not thread-safe.
 */
final class LoopMeter {
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final Map<EventExecutor, Long> before = new IdentityHashMap<>();
  private long beforeNanos;

  /** Whether this JVM can tell. */
  boolean isUsable() {
    return threads.isThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled();
  }

  /**
   * The share of a processor that each loop has taken since the last call; 0 at the first.
   *
   * @param loops with a thread each, which runs
   */
  Map<EventExecutor, Double> measure(List<? extends EventExecutor> loops) {
    long now = System.nanoTime();
    double elapsed = Math.max(1, now - beforeNanos);
    beforeNanos = now;
    Map<EventExecutor, Double> shares = new IdentityHashMap<>();
    for (EventExecutor loop : loops) {
      long cpu = cpuNanos(loop);
      Long last = before.put(loop, cpu);
      shares.put(loop, last == null ? 0 : Math.max(0, Math.min(1, (cpu - last) / elapsed)));
    }
    return shares;
  }

  private long cpuNanos(EventExecutor loop) {
    return loop instanceof SingleThreadEventExecutor single
        ? Math.max(0, threads.getThreadCpuTime(single.threadProperties().id()))
        : 0;
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
