package io.hydrasync.server.internal.telemetry;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One structured line for each connection that has ended, at level INFO; at most {@value
 * #LINES_PER_SECOND} per second, and the next one tells how many were left out. Never a session id,
 * only its log name. Thread-safe.
 */
public final class CloseLog {
  static final int LINES_PER_SECOND = 50;

  private static final Logger LOG = LoggerFactory.getLogger("io.hydrasync.relay.connections");

  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong leftOut = new AtomicLong();
  private long secondSinceNanos;
  private int linesOfSecond;

  /**
   * What is written down.
   *
   * @param id the connection's number
   * @param role or {@code none}
   * @param session log name of its session, or nothing
   * @param reason why it ended
   * @param peer its address
   * @param receivedBytes from it
   * @param sentBytes to it
   * @param lagBytes what a consumer had not taken
   * @param nanos how long it was there
   */
  public record Line(
      long id,
      String role,
      String session,
      String reason,
      String peer,
      long receivedBytes,
      long sentBytes,
      long lagBytes,
      long nanos) {}

  public CloseLog(LongSupplier clock) {
    this.clock = clock;
    secondSinceNanos = clock.getAsLong();
  }

  public void closed(Line line) {
    if (!LOG.isInfoEnabled()) {
      return;
    }
    if (!mayWrite()) {
      leftOut.incrementAndGet();
      return;
    }
    LoggingEventBuilder event =
        LOG.atInfo()
            .addKeyValue("connection", line.id)
            .addKeyValue("role", line.role)
            .addKeyValue("reason", line.reason)
            .addKeyValue("peer", line.peer)
            .addKeyValue("received", line.receivedBytes)
            .addKeyValue("sent", line.sentBytes)
            .addKeyValue("lag", line.lagBytes)
            .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(line.nanos));
    if (!line.session.isEmpty()) {
      event = event.addKeyValue("session", line.session);
    }
    long missing = leftOut.getAndSet(0);
    if (missing > 0) {
      event = event.addKeyValue("leftOut", missing);
    }
    event.log("connection closed");
  }

  /** Takes one of this second's lines, also for others that clients can have written. */
  public boolean mayWrite() {
    lock.lock();
    try {
      long now = clock.getAsLong();
      if (now - secondSinceNanos >= TimeUnit.SECONDS.toNanos(1)) {
        secondSinceNanos = now;
        linesOfSecond = 0;
      }
      if (linesOfSecond >= LINES_PER_SECOND) {
        return false;
      }
      linesOfSecond++;
      return true;
    } finally {
      lock.unlock();
    }
  }
}
