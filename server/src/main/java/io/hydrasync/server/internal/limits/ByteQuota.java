package io.hydrasync.server.internal.limits;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes of one kind that all connections of a relay may keep together. Thread-safe; each connection
 * has a {@link Share} of its own, which is confined to its loop.
 */
public final class ByteQuota {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  public ByteQuota(long limit) {
    this.limit = limit;
  }

  public long limit() {
    return limit;
  }

  public long used() {
    return used.get();
  }

  private boolean tryTake(long bytes) {
    long now = used.get();
    while (now + bytes <= limit) {
      long seen = used.compareAndExchange(now, now + bytes);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /**
   * What one connection has of it.
   *
   * @param free so many bytes each connection may have without asking
   */
  public Share share(int free) {
    return new Share(free);
  }

  /** What one connection has of the quota. Not thread-safe. */
  public final class Share {
    private final int free;
    private long taken;

    private Share(int free) {
      this.free = free;
    }

    /**
     * The connection keeps so many bytes from now on.
     *
     * @return false, and nothing has changed, if there are not as many
     */
    public boolean to(long bytes) {
      long wanted = Math.max(0, bytes - free);
      if (wanted > taken && !tryTake(wanted - taken)) {
        return false;
      }
      if (wanted < taken) {
        used.addAndGet(wanted - taken);
      }
      taken = wanted;
      return true;
    }
  }
}
