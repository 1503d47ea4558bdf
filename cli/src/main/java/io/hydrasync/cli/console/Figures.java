package io.hydrasync.cli.console;

import java.util.function.LongSupplier;

/** Counts what has gone through. Counted by one thread, read by any. */
public final class Figures {
  private static final double NANOS = 1e9;

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

  public long bytes() {
    return bytes;
  }

  /** Since counting began. */
  double seconds() {
    return (clock.getAsLong() - began) / NANOS;
  }

  String summary(String verb) {
    double seconds = seconds();
    return verb
        + " "
        + Units.bytes(bytes)
        + " in "
        + Units.count(messages, "message")
        + " and "
        + Units.time(seconds)
        + ", "
        + Units.rate(seconds > 0 ? bytes / seconds : 0);
  }
}
