package io.hydrasync.cli.bench;

import io.hydrasync.cli.console.Json;
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

  /** For people. */
  String text() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "%d producer(s), %d consumer(s) each, %d B a message, %s, %s",
        plan.producers(),
        plan.consumers(),
        plan.sizeBytes(),
        plan.batch() == 1 ? "broadcast" : text("at most %d to a flush", plan.batch()),
        plan.rate().isPresent()
            ? text("%,.0f messages/s each", plan.rate().getAsDouble())
            : "as fast as it goes");
    String row = "%-10s %,14d messages  %,14.0f /s  %,10.1f MB/s";
    line(text, row, "sent", sent, sent / seconds, megabytes(sent));
    line(text, row, "delivered", delivered, delivered / seconds, megabytes(delivered));
    line(text, "checked    every byte that was delivered, and its place; %.2f s", seconds);
    if (plan.rate().isPresent()) {
      text.append("latency   ");
      for (int i = 0; i < PERCENTILES.length; i++) {
        text.append(text(" %s %s", NAMES.get(i).replace('_', '.'), time(micros(PERCENTILES[i]))));
      }
      line(text, "");
      line(
          text,
          "           from when a message was due, not from when it could be sent; sent at most %s"
              + " late",
          time(latestNanos / MICROS));
      if (unsent > 0) {
        line(
            text,
            "           the rate was NOT reached: %,d messages that were due were not sent",
            unsent);
      }
    } else {
      line(text, "latency    not measured at full speed: ask with --rate");
    }
    return text.toString().stripTrailing();
  }

  private static String time(double micros) {
    return micros < MICROS ? text("%.0f us", micros) : text("%.2f ms", micros / MICROS);
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
