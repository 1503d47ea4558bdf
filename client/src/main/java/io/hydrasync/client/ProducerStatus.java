package io.hydrasync.client;

import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.wire.Control;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a producer's reader thread has learnt: consumers, acknowledgments, and how the connection ended.
 * Thread-safe; the reading methods take no lock.
 */
final class ProducerStatus {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile int consumers;
  private volatile long acknowledged;
  private volatile boolean ended;
  private volatile @Nullable HydraException failure;

  int consumers() {
    return consumers;
  }

  /** All frames below are in the relay's log. */
  long acknowledged() {
    return acknowledged;
  }

  /** How the connection ended, or null. */
  @Nullable HydraException failure() {
    return failure;
  }

  void ack(Control.Ack ack, long epoch) {
    update(
        () -> {
          consumers = ack.consumers();
          if (ack.epoch() == epoch) {
            acknowledged = ack.next();
          }
        });
  }

  /** The connection has ended. */
  void ended(HydraException why) {
    update(
        () -> {
          failure = why;
          ended = true;
        });
  }

  private void update(Runnable change) {
    lock.lock();
    try {
      change.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a number of consumers, or the end. True if there are that many. */
  boolean awaitConsumers(int count, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lock();
    try {
      while (consumers < count && !ended && left > 0) {
        left = changed.awaitNanos(left);
      }
      return consumers >= count;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all frames below are in the relay's log, or the end. True if they are. */
  boolean awaitAcknowledged(long next) throws InterruptedException {
    lock.lock();
    try {
      while (acknowledged < next && !ended) {
        changed.await();
      }
      return acknowledged >= next;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the end of the connection. True if it has ended. */
  boolean awaitEnd(long nanos) throws InterruptedException {
    long left = nanos;
    lock.lock();
    try {
      while (!ended && left > 0) {
        left = changed.awaitNanos(left);
      }
      return ended;
    } finally {
      lock.unlock();
    }
  }
}
