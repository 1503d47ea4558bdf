package io.hydrasync.cli.console;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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
  private static final int NARROW = 70;
  private static final int SHORT_BAR = 10;
  private static final int LONG_BAR = 20;

  private final Figures figures;
  private final OptionalLong totalBytes;
  private LongSupplier done;
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
    done = figures::bytes;
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

  /** Measures the way to the end by something else than what has gone through here. */
  public Progress measuring(LongSupplier bytes) {
    done = bytes;
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

  /** One line for a terminal: a bar where the end is known, and of the rest what fits. */
  String line(int columns) {
    double rate = rate();
    StringBuilder line = new StringBuilder();
    if (percent().isPresent()) {
      double share = done.getAsLong() / (double) totalBytes.getAsLong();
      line.append(Units.bar(share, columns < NARROW ? SHORT_BAR : LONG_BAR));
    }
    for (String part : parts(rate)) {
      String between = line.length() > 0 ? "  " : "";
      if (line.length() + between.length() + part.length() > columns) {
        break;
      }
      line.append(between).append(part);
    }
    return line.toString();
  }

  /** What matters most comes first. */
  private List<String> parts(double rate) {
    List<String> parts = new ArrayList<>();
    OptionalInt percent = percent();
    parts.add(
        percent.isPresent()
            ? percent.getAsInt() + " % of " + Units.bytes(totalBytes.getAsLong())
            : Units.bytes(done.getAsLong()));
    parts.add(Units.rate(rate));
    parts.add(eta(rate));
    if (producing) {
      parts.add(Units.count(consumers.getAsInt(), "consumer"));
      parts.add(Units.bytes(unacknowledged.getAsLong()) + " unacknowledged");
    } else {
      parts.add(Units.count(figures.messages(), "message"));
    }
    if (!overflow.isEmpty()) {
      parts.add("overflow " + overflow);
    }
    return parts;
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
    Sample now = new Sample(figures.seconds(), done.getAsLong());
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
    double percent = PERCENT * done.getAsLong() / totalBytes.getAsLong();
    return OptionalInt.of((int) Math.min(PERCENT, percent));
  }

  private OptionalLong left(double rate) {
    long bytes = totalBytes.orElse(0) - done.getAsLong();
    return totalBytes.isEmpty() || rate <= 0 || bytes < 0
        ? OptionalLong.empty()
        : OptionalLong.of((long) Math.ceil(bytes / rate));
  }

  /** Until the end where that can be told, otherwise since the beginning. */
  private String eta(double rate) {
    if (totalBytes.isEmpty()) {
      return Units.clock((long) figures.seconds());
    }
    OptionalLong left = left(rate);
    return "ETA " + (left.isPresent() ? Units.clock(left.getAsLong()) : "-:--");
  }
}
