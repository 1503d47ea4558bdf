package io.hydrasync.client.internal.producer;

import java.util.function.LongSupplier;

/**
 * Notices when broadcasts follow each other so closely that a frame, a write to the socket and the
 * wake-ups behind it for each would be all that the producer, the relay and the consumers do. Such
 * messages may then wait for each other for a moment; a single one, and the first ones of many, may
 * not. Not thread-safe: the producer's lock covers it.
 */
public final class Rush {
  /** How long a message may wait for others. */
  public static final long LINGER_NANOS = 50_000;

  private static final int MOST_BYTES = 8 << 10;
  private static final long CLOSE_NANOS = 10_000;
  private static final long OVER_NANOS = 200_000;
  private static final int STREAK = 16;
  private static final int FEW = 4;

  private final boolean allowed;
  private final LongSupplier nanos;
  private boolean on;
  private int streak;
  private int kept;
  private long lastSent;

  /**
   * No rush so far.
   *
   * @param allowed whether messages may ever wait for each other
   * @param nanos a clock that never goes back
   */
  public Rush(boolean allowed, LongSupplier nanos) {
    this.allowed = allowed;
    this.nanos = nanos;
    lastSent = nanos.getAsLong();
  }

  /**
   * Whether a message that is to be broadcast may be kept for others: if the last {@value #STREAK}
   * came within {@value #CLOSE_NANOS} ns of each other's being sent, and that has not ended since.
   * Not large ones, which gain nothing by it.
   */
  public boolean mayWait(int messageBytes) {
    if (!allowed || messageBytes > MOST_BYTES) {
      return false;
    }
    if (!keeps()) {
      long since = nanos.getAsLong() - lastSent;
      if (on) {
        on = since < OVER_NANOS;
        streak = 0;
      } else {
        streak = since < CLOSE_NANOS ? streak + 1 : 0;
        on = streak >= STREAK;
      }
    }
    return on;
  }

  /**
   * A message has been kept.
   *
   * @return whether it is the first one since {@link #sent}
   */
  public boolean kept() {
    return kept++ == 0;
  }

  /** Whether anything has been kept since {@link #sent}. */
  public boolean keeps() {
    return kept > 0;
  }

  /** A broadcast has been sent by itself. */
  public void sentAlone() {
    if (allowed) {
      lastSent = nanos.getAsLong();
    }
  }

  /** What was kept has been sent, if anything was. Few messages are no rush. */
  public void sent() {
    if (keeps()) {
      lastSent = nanos.getAsLong();
      on = kept >= FEW;
      kept = 0;
    }
  }
}
