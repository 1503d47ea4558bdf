package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.threads.Patience;
import io.hydrasync.client.internal.threads.SureCondition;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.HydraException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a producer's connection: whether it stands, what the relay has, how many
 * consumers there are, and how it ended. Thread-safe; the reading methods take no lock, and no I/O
 * is done under it.
 *
 * <p>Its end has two steps. Once it is <em>ending</em>, the application has closed the producer:
 * whoever waits to send leaves, while the connection is still made anew so that the end reaches the
 * relay. Once it is <em>closing</em>, nothing is waited for any more, and losing the connection is
 * no failure.
 */
public final class ProducerStatus {
  private final SureCondition changed = new SureCondition();
  private volatile int consumers;
  private volatile int rises;
  private volatile long acknowledged;
  private volatile boolean connected;
  private volatile boolean ending;
  private volatile boolean closing;
  private volatile long changes;
  private volatile @Nullable HydraException failure;

  int consumers() {
    return consumers;
  }

  /** How often the number of consumers has risen, modulo 2^32. */
  int rises() {
    return rises;
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

  boolean isEnding() {
    return ending;
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
      update(
          () -> {
            if (count > consumers) {
              rises++;
            }
            consumers = count;
          });
    }
  }

  void acknowledged(long next) {
    update(() -> acknowledged = next);
  }

  /**
   * The relay says so of an epoch.
   *
   * @param isPresent whether it is the present one still: a thread that sends all anew in another
   *     one makes that false before it says how far that one is
   */
  void acknowledged(long next, BooleanSupplier isPresent) {
    update(
        () -> {
          if (isPresent.getAsBoolean()) {
            acknowledged = next;
          }
        });
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

  /** Allocates nothing: a message may just have been taken, and that must not throw. */
  void disconnected() {
    changed.lock();
    try {
      connected = false;
      if (!closing) { // else what was known stays known
        consumers = 0;
      }
      changed();
    } finally {
      changed.unlock();
    }
  }

  /** There will be no connection any more. The first failure sticks. Allocates nothing. */
  void failed(HydraException why) {
    changed.lock();
    try {
      connected = false;
      if (failure == null) {
        failure = why;
      }
      changed();
    } finally {
      changed.unlock();
    }
  }

  /** The producer is being closed: nobody else waits for anything from now on. */
  void ending() {
    changed.lock();
    try {
      ending = true;
      changed();
    } finally {
      changed.unlock();
    }
  }

  /** Nothing is waited for from now on, and losing the connection is no failure. */
  void closing() {
    changed.lock();
    try {
      ending = true;
      closing = true;
      changed();
    } finally {
      changed.unlock();
    }
  }

  private void update(Runnable change) {
    changed.lock();
    try {
      change.run();
      changed();
    } finally {
      changed.unlock();
    }
  }

  private void changed() {
    changes++;
    changed.signalAll();
  }

  public static ClosedException closed() {
    return new ClosedException("this producer is closed");
  }

  /**
   * Waits until a condition on this status holds.
   *
   * @return false if the time ran out
   * @throws HydraException the failure, if there will be no connection any more
   * @throws ClosedException if the producer is closed
   */
  boolean await(BooleanSupplier condition, long nanos) throws InterruptedException {
    return await(condition, nanos, () -> ending);
  }

  /**
   * As {@link #await(BooleanSupplier, long)}, for who closes the producer: goes on until that is
   * given up, and an interrupt does not shorten it.
   *
   * @throws ClosedException if it is given up
   */
  boolean awaitToTheEnd(BooleanSupplier condition, long nanos) {
    return Patience.await(nanos, left -> await(condition, left, () -> closing));
  }

  private boolean await(BooleanSupplier condition, long nanos, BooleanSupplier over)
      throws InterruptedException {
    long left = nanos;
    changed.lock();
    try {
      while (!condition.getAsBoolean()) {
        if (over.getAsBoolean()) {
          throw closed();
        }
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
      changed.unlock();
    }
  }

  /**
   * Waits until there is no connection, whatever else happens; an interrupt does not shorten it.
   */
  void awaitDisconnected(long nanos) {
    Patience.await(
        nanos,
        time -> {
          long left = time;
          changed.lock();
          try {
            while (connected && left > 0) {
              left = changed.awaitNanos(left);
            }
            return !connected;
          } finally {
            changed.unlock();
          }
        });
  }

  /** Waits for a time, or until closing or failed. */
  void pause(long nanos) throws InterruptedException {
    long left = nanos;
    changed.lock();
    try {
      while (!closing && failure == null && left > 0) {
        left = changed.awaitNanos(left);
      }
    } finally {
      changed.unlock();
    }
  }
}
