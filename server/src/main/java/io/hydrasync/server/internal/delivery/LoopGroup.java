package io.hydrasync.server.internal.delivery;

import io.hydrasync.server.internal.sync.Tasks;
import io.hydrasync.server.internal.sync.WakeFlag;
import io.netty.channel.EventLoop;
import java.util.ArrayList;

/**
 * The consumers of a session on one loop, woken together. Confined to that loop, but for {@link
 * #wake} and {@link #size}.
 */
public final class LoopGroup {
  private static final int AT_A_TIME = 64;

  private final EventLoop loop;
  private final WakeFlag flag = new WakeFlag();
  private final ArrayList<Member> members = new ArrayList<>();
  private final Runnable pumpAll = this::pumpAll;
  private final Runnable pumpSome = this::pumpSome;

  /** The next one to be woken of those that were there when the round began, −1 between rounds. */
  private int next = -1;

  /** Whether there is something new since the round began. */
  private boolean again;

  private volatile int size;

  public LoopGroup(EventLoop loop) {
    this.loop = loop;
  }

  public EventLoop loop() {
    return loop;
  }

  /** How many consumers there are. From any thread. */
  public int size() {
    return size;
  }

  /** A consumer in this group. */
  final class Member {
    private final Runnable wake;
    private int index;

    private Member(Runnable wake, int index) {
      this.wake = wake;
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

  /**
   * Adds a consumer.
   *
   * @param wake tells it that there is something new
   */
  Member add(Runnable wake) {
    Member member = new Member(wake, members.size());
    members.add(member);
    size = members.size();
    return member;
  }

  /**
   * There is something new. From any thread; one task however often it is called, and none where
   * nobody is: a session that has moved would keep its old loop awake for ever. Who is being added
   * looks for itself once that is seen here, so it misses nothing.
   */
  public void wake() {
    if (size > 0 && flag.raise()) {
      Tasks.give(loop, pumpAll);
    }
  }

  private void pumpAll() {
    flag.lower();
    if (next >= 0) {
      again = true; // those who have been woken in this round do not know of it
      return;
    }
    next = members.size() - 1;
    pumpSome();
  }

  /**
   * A few at a time, then the loop looks for input: a round of thousands takes longer than others
   * should wait. From behind: who fails or has ended removes itself, and one that has been woken
   * takes its place.
   */
  private void pumpSome() {
    for (int i = 0; i < AT_A_TIME && next >= 0; i++, next--) {
      if (next < members.size()) {
        members.get(next).wake.run();
      }
    }
    if (next < 0 && again) {
      again = false;
      next = members.size() - 1;
    }
    if (next >= 0) {
      Tasks.behindInput(loop, pumpSome);
    }
  }
}
