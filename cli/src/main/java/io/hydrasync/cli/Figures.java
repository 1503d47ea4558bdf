package io.hydrasync.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** Counts what has gone through, for {@code --verbose}. Not thread-safe. */
final class Figures {
  private static final double NANOS = 1e9;
  private static final double MEGA = 1e6;

  private final long began = System.nanoTime();
  private long messages;
  private long bytes;

  void count(int messageBytes) {
    messages++;
    bytes += messageBytes;
  }

  long messages() {
    return messages;
  }

  void print(PrintWriter err, String verb) {
    double seconds = (System.nanoTime() - began) / NANOS;
    err.println(
        String.format(
            Locale.ROOT,
            "%s %d bytes in %d messages and %.3f s, %.1f MB/s",
            verb,
            bytes,
            messages,
            seconds,
            bytes / MEGA / seconds));
    err.flush();
  }
}
