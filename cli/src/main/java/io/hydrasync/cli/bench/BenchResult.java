package io.hydrasync.cli.bench;

import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.console.Wrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * What came of a benchmark. Every byte that was received has been compared.
 *
 * @param plan what was asked for
 * @param seconds from the first message that counts to the end of the last consumer
 * @param sent messages that count
 * @param delivered the same, counted once for each consumer
 * @param unsent messages that the rate would have asked for besides
 * @param latestNanos by how much a message was sent too late at most
 * @param latencies in nanoseconds, of all consumers; empty without a rate
 */
record BenchResult(
    BenchPlan plan,
    double seconds,
    long sent,
    long delivered,
    long unsent,
    long latestNanos,
    Histogram latencies) {
  private static final double NANOS = 1e9;
  private static final double MICROS = 1e3;
  private static final double MEGA = 1e6;
  private static final int COLUMNS = 60;
  private static final int INDENT = 11;
  private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};
  private static final List<String> NAMES = List.of("p50", "p90", "p99", "p99_9", "p99_99", "max");

  /** Adds up what the clients have counted. */
  static BenchResult of(
      BenchPlan plan, long counts, List<BenchProducer> senders, List<BenchConsumer> receivers) {
    Histogram latencies = new Histogram(receivers.get(0).latencies());
    receivers.forEach(receiver -> latencies.add(receiver.latencies()));
    long end = counts;
    for (BenchConsumer receiver : receivers) {
      end = Math.max(end, receiver.endNanos());
    }
    return new BenchResult(
        plan,
        (end - counts) / NANOS,
        senders.stream().mapToLong(BenchProducer::counted).sum(),
        receivers.stream().mapToLong(BenchConsumer::counted).sum(),
        senders.stream().mapToLong(BenchProducer::unsent).sum(),
        senders.stream().mapToLong(BenchProducer::latestNanos).max().orElse(0),
        latencies);
  }

  /** Whether each consumer got each message. */
  boolean isComplete() {
    return delivered == sent * plan.consumers();
  }

  private double megabytes(long messages) {
    return messages * (double) plan.sizeBytes() / MEGA / seconds;
  }

  /** For people, in lines of at most 60 characters. */
  String text() {
    StringBuilder text = new StringBuilder();
    List<String> asked =
        List.of(
            Units.count(plan.producers(), "producer"),
            Units.count(plan.consumers(), "consumer") + " each",
            Units.bytes(plan.sizeBytes()) + " a message",
            plan.batch() == 1 ? "broadcast" : text("at most %d to a flush", plan.batch()),
            plan.rate().isPresent()
                ? Units.perSecond(plan.rate().getAsDouble()).replace(" /s", " messages/s each")
                : "as fast as it goes");
    Wrapped.parts(asked, ", ", COLUMNS).forEach(line -> line(text, "%s", line));
    row(text, "sent", sent);
    row(text, "delivered", delivered);
    words(text, "checked", "every byte that was delivered, and its place; " + Units.time(seconds));
    if (plan.rate().isPresent()) {
      List<String> latency = new ArrayList<>();
      for (int i = 0; i < PERCENTILES.length; i++) {
        latency.add(text("%s %s", NAMES.get(i).replace('_', '.'), time(micros(PERCENTILES[i]))));
      }
      lines(text, "latency", Wrapped.parts(latency, "  ", COLUMNS - INDENT));
      words(
          text,
          "",
          "from when a message was due, not from when it could be sent; sent at most "
              + time(latestNanos / MICROS)
              + " late");
      if (unsent > 0) {
        words(
            text,
            "",
            "the rate was NOT reached: due and not sent: " + Units.count(unsent, "message"));
      }
    } else {
      words(text, "latency", "not measured at full speed: ask with --rate");
    }
    return text.toString().stripTrailing();
  }

  private static void words(StringBuilder text, String name, String words) {
    lines(text, name, Wrapped.words(words, COLUMNS - INDENT));
  }

  private static void lines(StringBuilder text, String name, List<String> lines) {
    String before = name;
    for (String line : lines) {
      line(text, "%-" + INDENT + "s%s", before, line);
      before = "";
    }
  }

  private void row(StringBuilder text, String name, long messages) {
    line(
        text,
        "%-10s %20s %13s %11s",
        name,
        Units.count(messages, "message"),
        Units.perSecond(messages / seconds),
        Units.rate(messages * (double) plan.sizeBytes() / seconds));
  }

  private static String time(double micros) {
    return Units.time(micros / MICROS / MICROS);
  }

  private double micros(double percentile) {
    return latencies.getValueAtPercentile(percentile) / MICROS;
  }

  /** For programs. */
  Json json() {
    Json json =
        new Json()
            .with("producers", plan.producers())
            .with("consumers", plan.consumers())
            .with("size_bytes", plan.sizeBytes())
            .with("batch", plan.batch())
            .with("seconds", seconds)
            .with("sent", sent)
            .with("delivered", delivered)
            .with("sent_per_second", sent / seconds)
            .with("delivered_per_second", delivered / seconds)
            .with("sent_mb_per_second", megabytes(sent))
            .with("delivered_mb_per_second", megabytes(delivered))
            .with("verified", isComplete());
    if (plan.rate().isPresent()) {
      Json latency = new Json();
      for (int i = 0; i < PERCENTILES.length; i++) {
        latency.with(NAMES.get(i), micros(PERCENTILES[i]));
      }
      json.with("rate", plan.rate().getAsDouble())
          .with("unsent", unsent)
          .with("sent_late_max_us", latestNanos / MICROS)
          .with("latency_us", latency);
    }
    return json;
  }

  /** A line of names and a line of values; what was not measured is empty. */
  String csv() {
    Map<String, String> row = new TreeMap<>();
    List<String> names = new ArrayList<>();
    put(row, names, "producers", plan.producers());
    put(row, names, "consumers", plan.consumers());
    put(row, names, "size_bytes", plan.sizeBytes());
    put(row, names, "batch", plan.batch());
    boolean timed = plan.rate().isPresent();
    put(row, names, "rate", timed ? plan.rate().getAsDouble() : "");
    put(row, names, "seconds", seconds);
    put(row, names, "sent", sent);
    put(row, names, "delivered", delivered);
    put(row, names, "unsent", timed ? unsent : "");
    put(row, names, "sent_per_second", sent / seconds);
    put(row, names, "delivered_per_second", delivered / seconds);
    put(row, names, "sent_mb_per_second", megabytes(sent));
    put(row, names, "delivered_mb_per_second", megabytes(delivered));
    for (int i = 0; i < PERCENTILES.length; i++) {
      put(row, names, NAMES.get(i) + "_us", timed ? micros(PERCENTILES[i]) : "");
    }
    return String.join(",", names) + "\n" + String.join(",", names.stream().map(row::get).toList());
  }

  private static void put(Map<String, String> row, List<String> names, String name, Object value) {
    names.add(name);
    row.put(name, value instanceof Double number ? text("%.3f", number) : value.toString());
  }

  private static void line(StringBuilder to, String format, Object... values) {
    to.append(text(format, values)).append('\n');
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
