package io.hydrasync.server.internal.sync;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Something that takes long, of which one is under way at a time; who wants it meanwhile is told
 * what that has given.
 *
 * <p>Thread-safe. Everybody is told: who does not begin stands in the queue first and then looks
 * whether that round is still under way; it ends first, and is told of then. Both are sequentially
 * consistent, so at least one of the two sees the other.
 */
public final class SharedRound {
  /** What is told to who came when a round was just over: something may have been given. */
  static final long UNKNOWN = 1;

  private final AtomicBoolean underWay = new AtomicBoolean();
  private final Queue<LongConsumer> meanwhile = new ConcurrentLinkedQueue<>();

  /**
   * Begins a round, unless there is one.
   *
   * @param round is given whom to tell at its end, on any thread
   * @param done told what a round has given, once
   */
  public void want(Consumer<LongConsumer> round, LongConsumer done) {
    if (!underWay.getAndSet(true)) {
      round.accept(
          given -> {
            underWay.set(false);
            done.accept(given);
            tellOthers(given);
          });
      return;
    }
    meanwhile.add(done);
    if (!underWay.get()) {
      tellOthers(UNKNOWN);
    }
  }

  private void tellOthers(long given) {
    for (LongConsumer other = meanwhile.poll(); other != null; other = meanwhile.poll()) {
      other.accept(given);
    }
  }
}
