package io.hydrasync.cli.pipe;

import io.hydrasync.protocol.ReceiveTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the next message, not longer than recv was told to: from the moment on in which it has
 * nothing else to do, so that what is done with a message does not count. Tells now and then that
 * nothing has come. For one thread.
 */
final class NextMessage {
  /** How long whoever waits in vain is left in doubt about it. */
  static final Duration DOUBT = Duration.ofSeconds(2);

  private final BooleanSupplier ready;
  private final Source source;
  private final Optional<Duration> patience;
  private final LongSupplier nanoTime;
  private final Runnable quiet;
  private long began;
  private boolean waiting;
  private boolean idle;

  /** Where messages come from. */
  interface Source {
    /**
     * The next message, or null at the end.
     *
     * @throws ReceiveTimeoutException if none came in time
     */
    @Nullable ByteBuffer receive(Duration timeout);
  }

  /**
   * Waits for the messages of a source.
   *
   * @param ready whether one is probably here; whoever takes it has not waited, and no clock is
   *     read
   * @param patience how long to wait for one; empty for ever
   * @param nanoTime the clock of that
   * @param quiet run each time that nothing has come for {@link #DOUBT}
   */
  NextMessage(
      BooleanSupplier ready,
      Source source,
      Optional<Duration> patience,
      LongSupplier nanoTime,
      Runnable quiet) {
    this.ready = ready;
    this.source = source;
    this.patience = patience;
    this.nanoTime = nanoTime;
    this.quiet = quiet;
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
      if (ready.getAsBoolean()) {
        try {
          return source.receive(Duration.ZERO);
        } catch (ReceiveTimeoutException e) {
          // it was none, and whoever takes the next one waits
        }
      }
      waiting = true;
      began = nanoTime.getAsLong();
    }
    ByteBuffer message = waitFor();
    waiting = message == null;
    return message;
  }

  private @Nullable ByteBuffer waitFor() {
    for (Duration left = left(); left.compareTo(Duration.ZERO) > 0; left = left()) {
      try {
        return source.receive(left.compareTo(DOUBT) < 0 ? left : DOUBT);
      } catch (ReceiveTimeoutException e) {
        if (left().compareTo(Duration.ZERO) > 0) {
          quiet.run();
        }
      }
    }
    idle = true;
    return null;
  }

  private Duration left() {
    return patience.map(time -> time.minusNanos(nanoTime.getAsLong() - began)).orElse(DOUBT);
  }
}
