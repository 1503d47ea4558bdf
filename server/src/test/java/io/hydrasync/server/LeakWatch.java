package io.hydrasync.server;

import io.netty.util.ResourceLeakDetector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Netty's leak detector, which remembers what it reports. The build names it in {@code
 * io.netty.customResourceLeakDetector}.
 *
 * @param <T> what may leak
 */
public final class LeakWatch<T> extends ResourceLeakDetector<T> {
  private static final List<String> LEAKS = new CopyOnWriteArrayList<>();

  /** For Netty. */
  public LeakWatch(Class<?> type, int samplingInterval) {
    super(type, samplingInterval);
  }

  /** For Netty. */
  public LeakWatch(Class<?> type, int samplingInterval, long maxActive) {
    super(type, samplingInterval);
  }

  static List<String> leaks() {
    return LEAKS;
  }

  @Override
  protected boolean needReport() {
    return true;
  }

  @Override
  protected void reportTracedLeak(String type, String records) {
    LEAKS.add(type + records);
  }

  @Override
  protected void reportUntracedLeak(String type) {
    LEAKS.add(type);
  }
}
