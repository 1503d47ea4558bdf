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
  private final ArrayList<Member> members = new ArrayList<>();
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

  /** A consumer in this group. */
  final class Member {
    private final ConsumerStage consumer;
    private int index;

    private Member(ConsumerStage consumer, int index) {
      this.consumer = consumer;
      this.index = index;
    }

    /** The last one takes its place: that costs the same however many there are. Once. */
    void leave() {
      Member last = members.remove(members.size() - 1);
      if (last != this) {
        last.index = index;
        members.set(index, last);
      }
      size = members.size();
    }
  }

  Member add(ConsumerStage consumer) {
    Member member = new Member(consumer, members.size());
    members.add(member);
    size = members.size();
    return member;
  }

  /** There is something new. From any thread; one task however often it is called. */
  void wake() {
    if (flag.raise()) {
      Tasks.give(loop, pumpAll);
    }
  }

  private void pumpAll() {
    flag.lower();
    // From behind: who fails or has ended removes itself, and one that has been woken takes its
    // place.
    for (int i = members.size() - 1; i >= 0; i--) {
      if (i < members.size()) {
        members.get(i).consumer.wake();
      }
    }
  }
}
