package io.hydrasync.client.internal.producer;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When an idle producer has to say something: a PING at each heartbeat, and a TICK for consumers,
 * every 10 s while there are any and within a second of a rise of their number ({@code wire2.md}
 * section 6). While there are none, the TICKs of a producer that waits would only be trimmed, and
 * look like missing frames to the first consumer. {@link #look} is for the timer, all else for who
 * holds the producer's lock.
 */
final class ProducerBeat {
  private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final LongSupplier nanos;
  private final long pingNanos;
  private volatile boolean tickDue;
  private volatile long lastTickNanos;
  private volatile long lastPingNanos;

  // for the timer
  private int risesSeen;

  /**
   * Nothing is due.
   *
   * @param nanos a clock that never goes back
   * @param heartbeat how often a PING is due
   */
  ProducerBeat(LongSupplier nanos, Duration heartbeat) {
    this.nanos = nanos;
    pingNanos = heartbeat.toNanos();
    lastTickNanos = nanos.getAsLong();
    lastPingNanos = lastTickNanos;
  }

  /**
   * Looks at the clock and at who is there; at least once a second.
   *
   * @param consumers as the relay said last
   * @param rises how often their number has risen
   * @return whether something is due
   */
  boolean look(int consumers, int rises) {
    if (consumers == 0) {
      tickDue = false;
    } else if (rises != risesSeen || nanos.getAsLong() - lastTickNanos >= TICK_NANOS) {
      tickDue = true;
    }
    risesSeen = rises;
    return tickDue || isPingDue();
  }

  /** Whether the next frame is to be a TICK. */
  boolean isTickDue() {
    return tickDue;
  }

  void ticked() {
    tickDue = false;
    lastTickNanos = nanos.getAsLong();
  }

  boolean isPingDue() {
    return nanos.getAsLong() - lastPingNanos >= pingNanos;
  }

  void pinged() {
    lastPingNanos = nanos.getAsLong();
  }
}
