package io.hydrasync.server.internal.telemetry;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who has come to the one session of a relay, in this order, and how much each has taken: the last
 * {@value #MOST} of them. Thread-safe.
 */
public final class Attendance {
  static final int MOST = 10_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Visit> visits = new ArrayDeque<>(); // under lock

  /** One connection of a consumer. Told by its loop, read by anybody. */
  public static final class Visit {
    private final long id;
    private final String peer;
    private final long cameNanos;
    private volatile LongSupplier taken;
    private volatile @Nullable Long goneNanos;

    private Visit(long id, String peer, long cameNanos, LongSupplier taken) {
      this.id = id;
      this.peer = peer;
      this.cameNanos = cameNanos;
      this.taken = taken;
    }

    public long id() {
      return id;
    }

    public String peer() {
      return peer;
    }

    /** When it joined. */
    public long cameNanos() {
      return cameNanos;
    }

    /** Up to where it has been given the session's log. */
    public long taken() {
      return taken.getAsLong();
    }

    /** It gets no more; its cursor is not looked at from here on. */
    public void leaves() {
      long last = taken.getAsLong();
      taken = () -> last;
    }

    /** Its connection is gone. */
    public void gone(long nowNanos) {
      leaves();
      goneNanos = nowNanos;
    }

    /** When its connection went, or null as long as it is there. */
    @Nullable
    public Long goneNanos() {
      return goneNanos;
    }
  }

  /**
   * A consumer has joined.
   *
   * @param taken up to where it has been given the log, for any thread
   */
  public Visit joined(long id, String peer, long nowNanos, LongSupplier taken) {
    Visit visit = new Visit(id, peer, nowNanos, taken);
    lock.lock();
    try {
      visits.addLast(visit);
      if (visits.size() > MOST) {
        forgetOne();
      }
    } finally {
      lock.unlock();
    }
    return visit;
  }

  /** The first that is gone, and none that is there. */
  private void forgetOne() {
    for (Iterator<Visit> each = visits.iterator(); each.hasNext(); ) {
      if (each.next().goneNanos() != null) {
        each.remove();
        return;
      }
    }
  }

  /** All, in the order in which they came. */
  public List<Visit> all() {
    lock.lock();
    try {
      return new ArrayList<>(visits);
    } finally {
      lock.unlock();
    }
  }
}
