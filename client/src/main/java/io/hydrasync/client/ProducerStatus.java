package io.hydrasync.client;

import io.hydrasync.protocol.HydraException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a producer's connection: whether it stands, what the relay has, how many
 * consumers there are, and how it ended. Thread-safe; the reading methods take no lock, and no I/O
 * is done under it.
 */
final class ProducerStatus {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile int consumers;
  private volatile long acknowledged;
  private volatile boolean connected;
  private volatile boolean closing;
  private volatile long changes;
  private volatile @Nullable HydraException failure;

  int consumers() {
    return consumers;
  }

  /** All frames below are in the relay's log. */
  long acknowledged() {
    return acknowledged;
  }

  boolean isConnected() {
    return connected;
  }

  /** Changes with everything that a blocked sender may be waiting for. */
  long changes() {
    return changes;
  }

  boolean isClosing() {
    return closing;
  }

  /** Why there will be no connection any more, or null. */
  @Nullable HydraException failure() {
    return failure;
  }

  void consumers(int count) {
    if (count != consumers) {
      update(() -> consumers = count);
    }
  }

  void acknowledged(long next) {
    update(() -> acknowledged = next);
  }

  /**
   * A connection stands and everything has been sent again over it.
   *
   * @param lost whether it has broken meanwhile; whoever breaks it makes that true before {@link
   *     #disconnected()}
   */
  void connected(BooleanSupplier lost) {
    update(() -> connected = !lost.getAsBoolean());
  }

  void disconnected() {
    update(
        () -> {
          connected = false;
          consumers = 0;
        });
  }

  /** There will be no connection any more. The first failure sticks. */
  void failed(HydraException why) {
    update(
        () -> {
          connected = false;
          if (failure == null) {
            failure = why;
          }
        });
  }

  /** The producer is being closed: losing the connection is no failure from now on. */
  void closing() {
    update(() -> closing = true);
  }

  private void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      changes++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until a condition on this status holds.
   *
   * @return false if the time ran out
   * @throws HydraException the failure, if there will be no connection any more
   */
  boolean await(BooleanSupplier condition, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        HydraException problem = failure;
        if (problem != null) {
          throw problem;
        }
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a time, or until closing. */
  void pause(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lock();
    try {
      while (!closing && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
