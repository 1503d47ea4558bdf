package io.hydrasync.bench.report;

import io.hydrasync.bench.measure.Clients;
import io.hydrasync.bench.measure.ConnectionCost;
import io.hydrasync.bench.measure.Micro;
import io.hydrasync.bench.measure.RelayCost;
import io.hydrasync.bench.measure.Results;
import io.hydrasync.bench.measure.StartUp;
import io.hydrasync.bench.relay.Brokers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Turns the samples of a run into a page of tables and charts. */
public final class Report {
  private final Results results;
  private final Path charts;
  private final StringBuilder page = new StringBuilder();

  private Report(Results results, Path charts) {
    this.results = results;
    this.charts = charts;
  }

  /**
   * Writes the page, and its charts into a directory of the same name without {@code .md}.
   *
   * @param page the file, replaced
   */
  public static void write(Results results, Path page) throws IOException {
    String name = page.getFileName().toString().replaceAll("\\.md$", "");
    Path charts = page.resolveSibling(name);
    Files.createDirectories(charts);
    Report report = new Report(results, charts);
    report.all();
    Files.writeString(page, report.page.toString());
  }

  private void all() throws IOException {
    text("# Benchmarks\n");
    text(
        """
        Made by `bench/run`, which measures everything here in one run on one machine: rounds in
        which the subjects take turns, medians of the rounds, and their spread from the least to
        the greatest. Every byte that arrives is compared with what was sent. hydra-sync is always
        sealed end to end; what it stands beside sends plain text unless its row says otherwise.
        How each figure is made is said at the [end](#how).
        """);
    facts();
    goals();
    relay();
    clients();
    latency();
    micro();
    scaling();
    rest();
    text(LoadTables.page(results));
    text(Prose.HOW);
  }

  private void text(String text) {
    page.append(text).append('\n');
  }

  private void facts() {
    for (Map.Entry<String, String> fact : results.facts().entrySet()) {
      page.append("- ").append(fact.getKey()).append(": ").append(fact.getValue()).append('\n');
    }
    text("");
  }

  private void goals() throws IOException {
    text("## Goals\n");
    text("| goal | measured | |");
    text("|---|---|---|");
    for (Goals.Row row : Goals.of(results)) {
      text(
          "| "
              + row.text()
              + " | "
              + row.found()
              + " | "
              + (row.met() ? "met" : "**missed**: " + row.reason())
              + " |");
    }
    text("");
  }

  // ---- sections ----

  private void relay() throws IOException {
    if (results.has(RelayCost.SMALL)) {
      text("## What a relay spends\n");
      text("64 B messages, 1 producer, 16 consumers, as fast as the relay takes them.\n");
      table(RelayCost.SMALL, List.of(RelayCost.US_PER_MESSAGE, RelayCost.RATE));
      chart(
          "relay-cpu",
          new Bars(
              "Relay CPU per delivered 64 B message", "microseconds, 1→16, less is better", false),
          RelayCost.SMALL,
          Results.Sample::subject,
          "64 B",
          RelayCost.US_PER_MESSAGE);
    }
    if (results.has(RelayCost.LARGE)) {
      text("Large messages, 1→16, CPU seconds for each 10⁹ delivered bytes.\n");
      table(RelayCost.LARGE, List.of(RelayCost.PER_GB));
    }
  }

  private void clients() throws IOException {
    if (results.has(Clients.FANOUT)) {
      text("## Messages per second, clients included\n");
      text("64 B, 1 producer, 16 consumers, all in one JVM, the relay in another process.\n");
      table(Clients.FANOUT, List.of(Clients.RATE, Clients.CPU));
      chart(
          "throughput-1-16",
          new Bars("Delivered 64 B messages per second, 1→16", "more is better", false),
          Clients.FANOUT,
          Results.Sample::subject,
          "64 B",
          Clients.RATE);
      text("64 B, 1 producer, 1 consumer.\n");
      table(Clients.PIPE, List.of(Clients.RATE, Clients.CPU));
      chart(
          "throughput-1-1",
          new Bars("64 B messages per second, 1→1", "more is better", false),
          Clients.PIPE,
          Results.Sample::subject,
          "64 B",
          Clients.RATE);
    }
  }

  private void latency() throws IOException {
    if (results.has(Clients.LATENCY)) {
      text("## Latency\n");
      text(
          "1,000 messages of 100 B a second, from when each was due until it was received, by the"
              + " last consumer where there are 16.\n");
      table(Clients.LATENCY, List.of(Clients.PERCENTILES));
      for (String parameter : results.distinct(Clients.LATENCY, Results.Sample::parameter)) {
        chart(
            "latency-" + parameter.replace("→", "-"),
            new Bars("Latency, " + parameter + ", p99", "microseconds, logarithmic", true),
            Clients.LATENCY,
            Results.Sample::subject,
            parameter,
            Clients.PERCENTILES[1]);
      }
    }
  }

  private void micro() {
    if (results.has(Micro.SEAL)) {
      text("## Sealing and opening\n");
      text(
          "JMH, one thread. `bare` is the JDK's `Cipher` with init, associated data and doFinal.\n");
      table(Micro.SEAL, List.of(Micro.NANOS, Micro.BYTES));
      text("The log without the network, for each frame of a 64 B message.\n");
      table(Micro.LOG, List.of(Micro.NANOS, Micro.BYTES));
    }
  }

  private void scaling() throws IOException {
    if (results.has(RelayCost.CONSUMERS)) {
      text("## Scaling\n");
      text("1 KiB messages, CPU seconds of the relay for each 10⁹ delivered bytes.\n");
      scale(RelayCost.CONSUMERS, "consumers of one session");
      scale(RelayCost.SESSIONS, "sessions with 2 consumers each");
    }
  }

  private void scale(String figure, String what) throws IOException {
    text("| " + what + " | CPU-s/GB | spread |");
    text("|---|---|---|");
    Lines lines = new Lines("Relay CPU per delivered byte", "CPU-s/GB by " + what);
    for (String count : results.distinct(figure, Results.Sample::parameter)) {
      Optional<Results.Summary> summary =
          results.summary(figure, Brokers.HYDRA, count, RelayCost.PER_GB);
      text("| " + count + " | " + median(summary) + " | " + Goals.spread(summary) + " |");
      summary.ifPresent(value -> lines.add(count, value));
    }
    text("");
    save(figure, lines.svg(), "Relay CPU per delivered byte by " + what);
  }

  private void rest() {
    if (results.has(ConnectionCost.FIGURE)) {
      text("## Connections\n");
      table(ConnectionCost.FIGURE, List.of(ConnectionCost.IDLE, ConnectionCost.HANDSHAKES));
    }
    if (results.has(Clients.STALL)) {
      text("## A consumer that does not read\n");
      text("SPILL, 8 KiB messages, 1,000 a second: latencies of the 15 others, or of all 16.\n");
      table(Clients.STALL, List.of(Clients.PERCENTILES));
    }
    if (results.has(StartUp.FIGURE)) {
      text("## Start-up\n");
      text("An embedded relay, a producer and a consumer, until the first message has arrived.\n");
      table(StartUp.FIGURE, List.of(StartUp.FROM_BIND, StartUp.FROM_PROCESS));
    }
  }

  // ---- pieces ----

  /** Subjects and parameters down, metrics across. */
  private void table(String figure, List<String> metrics) {
    StringBuilder head = new StringBuilder("| | |");
    StringBuilder rule = new StringBuilder("|---|---|");
    for (String metric : metrics) {
      head.append(' ').append(metric).append(" | spread |");
      rule.append("---|---|");
    }
    text(head.toString());
    text(rule.toString());
    for (String parameter : results.distinct(figure, Results.Sample::parameter)) {
      for (String subject : results.distinct(figure, Results.Sample::subject)) {
        row(figure, subject, parameter, metrics);
      }
    }
    text("");
  }

  private void row(String figure, String subject, String parameter, List<String> metrics) {
    List<String> cells = new ArrayList<>();
    boolean any = false;
    for (String metric : metrics) {
      Optional<Results.Summary> summary = results.summary(figure, subject, parameter, metric);
      any |= summary.isPresent();
      cells.add(median(summary));
      cells.add(summary.map(Results.Summary::rounds).orElse(0) > 1 ? Goals.spread(summary) : "");
    }
    if (any) {
      text("| " + subject + " | " + parameter + " | " + String.join(" | ", cells) + " |");
    }
  }

  private static String median(Optional<Results.Summary> summary) {
    return summary.map(value -> Svg.number(value.median())).orElse("");
  }

  private void chart(
      String name,
      Bars bars,
      String figure,
      Function<Results.Sample, String> field,
      String parameter,
      String metric)
      throws IOException {
    for (String subject : results.distinct(figure, field)) {
      results
          .summary(figure, subject, parameter, metric)
          .ifPresent(value -> bars.add(subject, value, subject.startsWith(Brokers.HYDRA)));
    }
    if (!bars.isEmpty()) {
      save(name, bars.svg(), bars.title());
    }
  }

  private void save(String name, String svg, String title) throws IOException {
    Files.writeString(charts.resolve(name + ".svg"), svg);
    text("![" + title + "](" + charts.getFileName() + "/" + name + ".svg)\n");
  }
}
