package io.hydrasync.server;

import io.netty.channel.EventLoop;
import java.util.ArrayList;

/**
 * The consumers of a session on one loop, woken together. Confined to that loop, but for {@link
 * #wake} and {@link #size}.
 */
final class LoopGroup {
  private final EventLoop loop;
  private final WakeFlag flag = new WakeFlag();
  private final ArrayList<ConsumerStage> consumers = new ArrayList<>();
  private final Runnable pumpAll = this::pumpAll;
  private volatile int size;

  LoopGroup(EventLoop loop) {
    this.loop = loop;
  }

  EventLoop loop() {
    return loop;
  }

  /** How many consumers there are. From any thread. */
  int size() {
    return size;
  }

  void add(ConsumerStage consumer) {
    consumers.add(consumer);
    size = consumers.size();
  }

  void remove(ConsumerStage consumer) {
    consumers.remove(consumer);
    size = consumers.size();
  }

  /** There is something new. From any thread; one task however often it is called. */
  void wake() {
    if (flag.raise()) {
      Tasks.give(loop, pumpAll);
    }
  }

  private void pumpAll() {
    flag.lower();
    // from behind: a consumer that fails or has ended removes itself
    for (int i = consumers.size() - 1; i >= 0; i--) {
      if (i < consumers.size()) {
        consumers.get(i).wake();
      }
    }
  }
}
