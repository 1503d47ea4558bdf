package io.hydrasync.cli.console;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * How far a transfer is, with what this end of it knows. For one thread, except {@link #figures()}.
 */
public final class Progress {
  private static final double WINDOW_SECONDS = 3;
  private static final double PERCENT = 100;
  private static final int MINUTE = 60;
  private static final int HOUR = 3_600;

  private final Figures figures;
  private final OptionalLong totalBytes;
  private final ArrayDeque<Sample> samples = new ArrayDeque<>();
  private String overflow = "";
  private IntSupplier consumers = () -> 0;
  private LongSupplier unacknowledged = () -> 0;
  private LongSupplier unread = () -> 0;
  private boolean producing;

  private record Sample(double seconds, long bytes) {}

  /**
   * Progress of a transfer that begins now.
   *
   * @param figures what is counted
   * @param totalBytes how much it will be, where that is known
   */
  public Progress(Figures figures, OptionalLong totalBytes) {
    this.figures = figures;
    this.totalBytes = totalBytes;
    samples.add(new Sample(figures.seconds(), figures.bytes()));
  }

  /** What a producer knows besides. */
  public Progress producing(
      IntSupplier connected, LongSupplier unacknowledgedBytes, LongSupplier unreadFrames) {
    producing = true;
    consumers = connected;
    unacknowledged = unacknowledgedBytes;
    unread = unreadFrames;
    return this;
  }

  /** The policy as far as this end knows it, or an empty text for none. */
  public Progress overflow(String policy) {
    overflow = policy;
    return this;
  }

  public Figures figures() {
    return figures;
  }

  /** One line for a terminal. */
  String line() {
    double rate = rate();
    List<String> parts = new ArrayList<>();
    parts.add(amount(figures.bytes()));
    percent().ifPresent(n -> parts.add(n + " % of " + amount(totalBytes.getAsLong())));
    parts.add(amount(rate) + "/s");
    parts.add(eta(rate));
    if (producing) {
      int n = consumers.getAsInt();
      parts.add(n + (n == 1 ? " consumer" : " consumers"));
      parts.add(amount(unacknowledged.getAsLong()) + " unacknowledged");
    } else {
      parts.add(figures.messages() + (figures.messages() == 1 ? " message" : " messages"));
    }
    if (!overflow.isEmpty()) {
      parts.add("overflow " + overflow);
    }
    return String.join("  ", parts);
  }

  /** The same for programs. */
  Json event() {
    double rate = rate();
    Json event = counts(Json.event("progress")).with("bytes_per_second", rate);
    if (totalBytes.isPresent()) {
      event.with("total_bytes", totalBytes.getAsLong());
      left(rate).ifPresent(seconds -> event.with("eta_seconds", seconds));
    }
    if (producing) {
      event.with("consumers", consumers.getAsInt());
      event.with("unacknowledged_bytes", unacknowledged.getAsLong());
      event.with("unread_frames", unread.getAsLong());
    }
    if (!overflow.isEmpty()) {
      event.with("overflow", overflow);
    }
    return event;
  }

  /** The end of it. */
  Json last() {
    Json event =
        counts(Json.event("done")).with("bytes_per_second", figures.bytes() / figures.seconds());
    return producing ? event.with("unread_frames", unread.getAsLong()) : event;
  }

  private Json counts(Json event) {
    return event
        .with("bytes", figures.bytes())
        .with("messages", figures.messages())
        .with("seconds", figures.seconds());
  }

  /** Bytes a second over the last while. */
  private double rate() {
    Sample now = new Sample(figures.seconds(), figures.bytes());
    samples.add(now);
    while (samples.size() > 2 && now.seconds - samples.getFirst().seconds > WINDOW_SECONDS) {
      samples.removeFirst();
    }
    double seconds = now.seconds - samples.getFirst().seconds;
    return seconds > 0 ? (now.bytes - samples.getFirst().bytes) / seconds : 0;
  }

  private OptionalInt percent() {
    if (totalBytes.isEmpty() || totalBytes.getAsLong() == 0) {
      return OptionalInt.empty();
    }
    double done = PERCENT * figures.bytes() / totalBytes.getAsLong();
    return OptionalInt.of((int) Math.min(PERCENT, done));
  }

  private OptionalLong left(double rate) {
    long bytes = totalBytes.orElse(0) - figures.bytes();
    return totalBytes.isEmpty() || rate <= 0 || bytes < 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) Math.ceil(bytes / rate));
  }

  /** Until the end where that can be told, otherwise since the beginning. */
  private String eta(double rate) {
    if (totalBytes.isEmpty()) {
      return clock((long) figures.seconds());
    }
    OptionalLong left = left(rate);
    return "ETA " + (left.isPresent() ? clock(left.getAsLong()) : "-:--");
  }

  private static String clock(long seconds) {
    return seconds < HOUR
        ? text("%d:%02d", seconds / MINUTE, seconds % MINUTE)
        : text("%d:%02d:%02d", seconds / HOUR, seconds % HOUR / MINUTE, seconds % MINUTE);
  }

  /** A number of bytes with three digits and its unit. */
  static String amount(double bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1_000;
      unit++;
    }
    String form = unit == 0 || value >= 99.95 ? "%.0f %s" : value >= 9.995 ? "%.1f %s" : "%.2f %s";
    return text(form, value, units[unit]);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
