package io.hydrasync.cli.console;

import java.util.Locale;
import java.util.function.LongSupplier;

/** Counts what has gone through. Counted by one thread, read by any. */
public final class Figures {
  private static final double NANOS = 1e9;
  private static final double MEGA = 1e6;

  private final LongSupplier clock;
  private final long began;
  private volatile long messages;
  private volatile long bytes;

  /** Figures that begin now. */
  public Figures() {
    this(System::nanoTime);
  }

  /** Figures that begin now, by another clock. */
  Figures(LongSupplier nanoClock) {
    clock = nanoClock;
    began = nanoClock.getAsLong();
  }

  /** Only the thread that counts calls this, so that no update is lost. */
  @SuppressWarnings("NonAtomicOperationOnVolatileField")
  public void count(int messageBytes) {
    bytes += messageBytes;
    messages++;
  }

  public long messages() {
    return messages;
  }

  long bytes() {
    return bytes;
  }

  /** Since counting began. */
  double seconds() {
    return (clock.getAsLong() - began) / NANOS;
  }

  String summary(String verb) {
    double seconds = seconds();
    return String.format(
        Locale.ROOT,
        "%s %d bytes in %d messages and %.3f s, %.1f MB/s",
        verb,
        bytes,
        messages,
        seconds,
        bytes / MEGA / seconds);
  }
}
