package io.hydrasync.server.internal.loop;

import io.netty.util.concurrent.EventExecutor;
import java.util.Map;

/**
 * How busy each event loop of a relay has been lately: the share of the time in which it has not
 * waited for something to do. Written by one thread, read by any, a moment late.
 */
public final class LoopLoads {
  private volatile Map<EventExecutor, Double> shares = Map.of();

  /** The newest measurement; not to be changed afterwards. */
  public void measured(Map<EventExecutor, Double> next) {
    shares = next;
  }

  /** From 0, idle, to 1; 0 while nothing has been measured. */
  public double of(EventExecutor loop) {
    return shares.getOrDefault(loop, 0.0);
  }
}
