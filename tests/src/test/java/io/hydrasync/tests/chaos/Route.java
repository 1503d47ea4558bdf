package io.hydrasync.tests.chaos;

import io.hydrasync.testing.Link;
import io.hydrasync.testing.Passage;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * All connections from one process to one other: whether they pass, wait, are slow, or are refused.
 * Thread-safe.
 */
final class Route {
  /** How it is. */
  enum Weather {
    /** Everything passes. */
    CLEAR,
    /** Nothing passes, in both directions, not even an end; it comes later. */
    PARTED,
    /** Nothing passes to the one that was connected to. */
    NO_WAY_THERE,
    /** Nothing passes from there. */
    NO_WAY_BACK,
    /** Everything is late, and little passes at a time. */
    SLOW,
    /** Connections are reset, those that are there and those that come. */
    REFUSED
  }

  private static final int SLOW_BYTES = 4 << 10;
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile Weather weather = Weather.CLEAR;

  void weather(Weather next) {
    lock.lock();
    try {
      weather = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (next == Weather.REFUSED) {
      links.forEach(link -> link.cut(Link.Cut.RST));
    }
  }

  /** Whether there is a connection at present. */
  boolean isUsed() {
    links.removeIf(Link::isCut);
    return !links.isEmpty();
  }

  /** A direction of a new connection. */
  Passage open(Link link) {
    links.removeIf(Link::isCut);
    links.add(link);
    if (weather == Weather.REFUSED) {
      link.cut(Link.Cut.RST);
    }
    return new Way();
  }

  private boolean holds(Link.Direction direction) {
    return switch (weather) {
      case PARTED -> true;
      case NO_WAY_THERE -> direction == Link.Direction.TO_RELAY;
      case NO_WAY_BACK -> direction == Link.Direction.TO_CLIENT;
      case CLEAR, SLOW, REFUSED -> false;
    };
  }

  /** One direction of one connection. */
  private final class Way implements Passage {
    @Override
    public void pass(Link link, byte[] bytes, int length) throws IOException, InterruptedException {
      for (int at = 0; at < length; ) {
        awaitClear(link);
        int n = weather == Weather.SLOW ? Math.min(SLOW_BYTES, length - at) : length - at;
        if (weather == Weather.SLOW) {
          awaitChange(SLOW_NANOS);
        }
        link.write(bytes, at, n);
        at += n;
      }
    }

    @Override
    public void end(Link link) throws IOException, InterruptedException {
      awaitClear(link);
      links.remove(link);
    }

    private void awaitClear(Link link) throws IOException, InterruptedException {
      lock.lock();
      try {
        while (holds(link.direction()) && !link.isCut()) {
          changed.awaitNanos(LOOK_NANOS);
        }
      } finally {
        lock.unlock();
      }
      if (link.isCut()) {
        links.remove(link);
        throw new IOException("cut");
      }
    }

    private void awaitChange(long nanos) throws InterruptedException {
      lock.lock();
      try {
        long left = nanos;
        while (left > 0 && weather == Weather.SLOW) {
          left = changed.awaitNanos(left);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
