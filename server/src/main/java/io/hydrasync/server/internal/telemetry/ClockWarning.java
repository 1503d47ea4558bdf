package io.hydrasync.server.internal.telemetry;

import io.hydrasync.protocol.check.ClockText;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator that producers are refused because of a clock, which may be the relay's own;
 * at most once in ten minutes, since any client can be the cause. Thread-safe.
 */
public final class ClockWarning {
  public static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final Logger LOG = LoggerFactory.getLogger(ClockWarning.class);

  private final LongSupplier nanos;
  private final AtomicLong nextNanos;

  /**
   * Nothing has been told.
   *
   * @param nanos a clock that never goes back
   */
  public ClockWarning(LongSupplier nanos) {
    this.nanos = nanos;
    nextNanos = new AtomicLong(nanos.getAsLong());
  }

  /**
   * A producer was refused.
   *
   * @param theirsMs the time of day by its epoch
   * @param oursMs by this relay's clock
   * @return whether that was logged
   */
  public boolean ahead(long theirsMs, long oursMs) {
    long now = nanos.getAsLong();
    long next = nextNanos.get();
    if (now - next < 0 || !nextNanos.compareAndSet(next, now + PAUSE_NANOS)) {
      return false;
    }
    LOG.warn(
        "a producer is refused: by its epoch its clock says {}, this relay's says {}, {} behind it;"
            + " if this relay's is wrong, all producers are refused",
        ClockText.utc(theirsMs),
        ClockText.utc(oursMs),
        ClockText.apart(theirsMs, oursMs));
    return true;
  }
}
