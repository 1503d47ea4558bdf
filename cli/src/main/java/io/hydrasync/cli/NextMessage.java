package io.hydrasync.cli;

import io.hydrasync.protocol.TimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the next message, not longer than recv was told to: from the moment on in which it has
 * nothing else to do, so that what is done with a message does not count. Says once, and early,
 * where there is nobody who could send. For one thread.
 */
final class NextMessage {
  /** How long whoever waits in vain is left in doubt about it. */
  static final Duration DOUBT = Duration.ofSeconds(2);

  private static final Duration FOREVER =
      Duration.ofDays(36_600); // more than a century is for ever

  private final Source source;
  private final Optional<Duration> patience;
  private final LongSupplier nanoTime;
  private @Nullable Runnable onAbsence;
  private long began;
  private boolean waiting;
  private boolean idle;

  /** Where messages come from. */
  interface Source {
    /**
     * The next message, or null at the end.
     *
     * @throws TimeoutException if none came in time
     */
    @Nullable ByteBuffer receive(Duration timeout);

    /** Whether there is a producer, as far as anybody can know. */
    boolean isProducerLive();
  }

  /**
   * Waits for the messages of a source.
   *
   * @param patience how long to wait for one; empty for ever
   * @param nanoTime the clock of that
   * @param onAbsence run where nothing has come for a moment, and nobody is there who could send
   */
  NextMessage(
      Source source, Optional<Duration> patience, LongSupplier nanoTime, Runnable onAbsence) {
    this.source = source;
    this.patience = patience;
    this.nanoTime = nanoTime;
    this.onAbsence = onAbsence;
  }

  /** Whether the last call gave null because nothing had come for too long. */
  boolean isIdle() {
    return idle;
  }

  /**
   * The next message; null at the end, and where nothing has come for too long. A call behind one
   * that has thrown goes on with its time: only a message gives new time.
   */
  @Nullable ByteBuffer await() {
    if (!waiting) {
      waiting = true;
      began = nanoTime.getAsLong();
    }
    ByteBuffer message = receive();
    waiting = message == null;
    return message;
  }

  private @Nullable ByteBuffer receive() {
    Runnable absence = onAbsence;
    onAbsence = null;
    if (absence != null) {
      try {
        return source.receive(shorter(DOUBT, left()));
      } catch (TimeoutException e) {
        if (!source.isProducerLive()) {
          absence.run();
        }
      }
    }
    Duration left = left();
    idle = left.isZero() || left.isNegative();
    try {
      return idle ? null : source.receive(left);
    } catch (TimeoutException e) {
      idle = true;
      return null;
    }
  }

  private Duration left() {
    return patience.map(time -> time.minusNanos(nanoTime.getAsLong() - began)).orElse(FOREVER);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
