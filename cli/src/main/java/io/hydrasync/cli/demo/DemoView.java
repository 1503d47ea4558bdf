package io.hydrasync.cli.demo;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.HydraServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the demo looks like. For one thread. */
final class DemoView {
  private static final long REDRAW_MILLIS = 100;
  private static final double LINE_SECONDS = 1;
  private static final double RATE_SECONDS = 0.5;
  private static final int BAR = 24;
  private static final long WORTH_TELLING = 1_000;
  private static final double MEGA = 1e6;
  private static final String ROW = "  %-11s[%s] %,11d messages %8.1f MB %7.1f MB/s  %s";

  private final DemoScreen screen;
  private final double seconds;
  private final Tally producer;
  private final List<Tally> consumers;
  private final HydraServer relay;
  private final WireTap tap;
  private final Map<Tally, Rate> rates = new HashMap<>();
  private double nextLine = LINE_SECONDS;

  /** Bytes per second over the last while. */
  private static final class Rate {
    private double since;
    private long bytesThen;
    private double value;

    double at(double now, long bytes) {
      if (now - since >= RATE_SECONDS) {
        value = (bytes - bytesThen) / (now - since);
        since = now;
        bytesThen = bytes;
      }
      return value;
    }
  }

  DemoView(
      DemoScreen screen,
      double seconds,
      Tally producer,
      List<Tally> consumers,
      HydraServer relay,
      WireTap tap) {
    this.screen = screen;
    this.seconds = seconds;
    this.producer = producer;
    this.consumers = consumers;
    this.relay = relay;
    this.tap = tap;
  }

  long pauseMillis() {
    return REDRAW_MILLIS;
  }

  void begin() {
    screen.print(
        "hydra demo: one producer, three consumers, a relay at "
            + HostPort.of(relay.address())
            + " that cannot read what it relays");
    screen.print("");
  }

  /** Shows how far everybody is. */
  void update(double now) {
    if (screen.redraws()) {
      screen.draw(rows(now));
    } else if (now >= nextLine) {
      screen.print(line(now));
      nextLine += LINE_SECONDS;
    }
  }

  private List<String> rows(double now) {
    List<String> rows = new ArrayList<>();
    rows.add(row(producer, now, producer.state()));
    for (Tally consumer : consumers) {
      rows.add(row(consumer, now, remark(consumer)));
    }
    rows.add(
        text(
            "  relay       %.1f MB in, %.1f MB out, all sealed; %.1f MB held for those behind",
            tap.bytesToRelay() / MEGA, tap.bytesFromRelay() / MEGA, relay.logMemoryBytes() / MEGA));
    rows.add(text("  %.1f s of %.0f s", now, seconds));
    return rows;
  }

  private String remark(Tally consumer) {
    long behind = producer.messages() - consumer.messages();
    String state = consumer.state();
    if (consumer.hash().isPresent() || behind < WORTH_TELLING) {
      return state;
    }
    return state + (state.isEmpty() ? "" : ", ") + text("%,d behind", behind);
  }

  private String row(Tally tally, double now, String remark) {
    double rate = rates.computeIfAbsent(tally, t -> new Rate()).at(now, tally.bytes());
    long most = Math.max(producer.messages(), 1);
    double done =
        tally == producer
            ? Math.min(1, now / Math.max(seconds, 1e-3))
            : 1.0 * tally.messages() / most;
    int full = (int) Math.round(BAR * Math.min(1, done));
    String bar = "#".repeat(full) + ".".repeat(BAR - full);
    return text(ROW, tally.name(), bar, tally.messages(), tally.bytes() / MEGA, rate / MEGA, remark)
        .stripTrailing();
  }

  private String line(double now) {
    StringBuilder line = new StringBuilder();
    for (Tally consumer : consumers) {
      line.append(text(" | %s: %,d", consumer.name(), consumer.messages()));
      if (!consumer.state().isEmpty()) {
        line.append(" (").append(consumer.state()).append(')');
      }
    }
    // behind the others, so that nobody seems to have more than was sent
    String sent = text("%4.1f s  sent %,d", now, producer.messages());
    double rate = rates.computeIfAbsent(producer, t -> new Rate()).at(now, producer.bytes());
    return sent + line + text(" | %.1f MB/s each", rate / MEGA);
  }

  /** Prints what came of it. True if everybody got everything and nothing could be read. */
  boolean summary() {
    screen.print("");
    screen.print(
        text(
            "  %-11s sent %,d messages, %,d bytes, SHA-256 %s",
            producer.name(), producer.messages(), producer.bytes(), producer.shortHash()));
    producer
        .failure()
        .ifPresent(e -> screen.print("  producer    failed: " + Failures.describe(e)));
    boolean good = producer.failure().isEmpty() && producer.hash().isPresent();
    for (Tally consumer : consumers) {
      boolean equal = consumer.equalTo(producer);
      good &= equal;
      screen.print(
          text(
              "  %-11s %s %,d messages, all in order, SHA-256 %s",
              consumer.name(),
              equal ? "got " : "DIFFERS:",
              consumer.messages(),
              equal ? "equal" : consumer.shortHash()));
      consumer
          .failure()
          .ifPresent(e -> screen.print("              failed: " + Failures.describe(e)));
    }
    long found = tap.textFound();
    good &= found == 0;
    screen.print(
        text(
            "  relay       %,d bytes in, %,d bytes out, all sealed: the messages' text was found in"
                + " them %,d times; keys held: 0",
            tap.bytesToRelay(), tap.bytesFromRelay(), found));
    screen.print("");
    screen.print(good ? "Sealed once, opened three times, nothing lost." : "FAILED: see above.");
    return good;
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
