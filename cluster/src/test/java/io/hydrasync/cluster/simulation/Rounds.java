package io.hydrasync.cluster.simulation;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.server.internal.cluster.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which relay a client tries next, and when. */
final class Rounds {
  private static final long MOST_BACKOFF_MS = 1_000;

  private final World world;
  private final Runnable connect;
  private final List<Integer> left = new ArrayList<>();
  private final Map<Integer, Long> notBefore = new HashMap<>();
  private long backoffMs = 200;
  private int last = -1;
  private int again = -1;
  private boolean sameTried;
  private boolean endRound;

  Rounds(World world, Runnable connect) {
    this.world = world;
    this.connect = connect;
  }

  /** Null if nobody is there. */
  SimNode next() {
    if (again >= 0) {
      last = again;
      again = -1;
    } else {
      if (left.isEmpty()) {
        for (int i = 0; i < world.machines; i++) {
          left.add(i);
        }
        Collections.shuffle(left, world.random);
      }
      last = left.remove(left.size() - 1);
    }
    return world.node(last);
  }

  void joined() {
    backoffMs = 200;
    sameTried = false;
    left.clear();
  }

  void refused(int machine, Refusal why) {
    notBefore.put(machine, world.time.nanoTime() + why.retryMillis() * 1_000_000L);
    endRound = why.code() == ErrorCode.PRODUCER_EXISTS;
  }

  /** The next attempt: the same relay once more, another one, or after a pause. */
  void failed(boolean same) {
    long delay = 1;
    if (same && !sameTried && last >= 0) {
      sameTried = true;
      again = last;
    } else {
      sameTried = false;
      left.removeIf(machine -> notBefore.getOrDefault(machine, 0L) - world.time.nanoTime() > 0);
      if (left.isEmpty() || endRound) {
        left.clear();
        endRound = false;
        delay = backoffMs / 2 + world.random.nextInt((int) backoffMs);
        backoffMs = Math.min(MOST_BACKOFF_MS, 2 * backoffMs);
      }
    }
    world.time.inMillis(delay, connect);
  }
}
