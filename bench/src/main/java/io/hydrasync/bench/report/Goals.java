package io.hydrasync.bench.report;

import io.hydrasync.bench.measure.Clients;
import io.hydrasync.bench.measure.ConnectionCost;
import io.hydrasync.bench.measure.Micro;
import io.hydrasync.bench.measure.RelayCost;
import io.hydrasync.bench.measure.Results;
import io.hydrasync.bench.relay.Brokers;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Properties;

/**
 * What this project has set itself, beside what a run gave. A goal that is missed is shown with its
 * reason from {@code reasons.properties}.
 */
final class Goals {
  private static final double FIFTH = 0.2;
  private static final double THREE_TIMES = 3;
  private static final double TEN_MILLION = 10e6;
  private static final double WRITE_SHARE = 1.15;
  private static final double SEAL_SHARE = 0.9;
  private static final double STALL_SHARE = 1.2;
  private static final double SCALE_SHARE = 1.1;
  private static final double IDLE_KIB = 8;
  private static final double HANDSHAKES = 1000;
  private static final String SMALL = "64 B";

  private final Results results;
  private final Properties reasons;
  private final List<Row> rows = new ArrayList<>();

  /**
   * One goal.
   *
   * @param text what is asked for
   * @param found what came out
   * @param met whether that is enough
   * @param reason why not, empty if it is
   */
  record Row(String text, String found, boolean met, String reason) {}

  private Goals(Results results, Properties reasons) {
    this.results = results;
    this.reasons = reasons;
  }

  /** All goals for which something was measured. */
  static List<Row> of(Results results) throws IOException {
    Properties reasons = new Properties();
    try (InputStream in =
        Objects.requireNonNull(Goals.class.getResourceAsStream("reasons.properties"))) {
      reasons.load(new InputStreamReader(in, StandardCharsets.UTF_8));
    }
    Goals goals = new Goals(results, reasons);
    goals.relay();
    goals.clients();
    goals.latency();
    goals.seal();
    goals.scaling();
    goals.rest();
    return goals.rows;
  }

  private void goal(String key, String text, OptionalDouble value, boolean atLeast, double bound) {
    if (value.isEmpty()) {
      return;
    }
    double found = value.getAsDouble();
    boolean met = atLeast ? found >= bound : found <= bound;
    String reason = met ? "" : reasons.getProperty(key, "not known yet");
    rows.add(new Row(text, Svg.number(found), met, reason));
  }

  /** One median by another. */
  private static OptionalDouble ratio(OptionalDouble of, OptionalDouble by) {
    return of.isEmpty() || by.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(of.getAsDouble() / by.getAsDouble());
  }

  private OptionalDouble median(String figure, String subject, String parameter, String metric) {
    return results.median(figure, subject, parameter, metric);
  }

  private void relay() {
    OptionalDouble ours = median(RelayCost.SMALL, Brokers.HYDRA, SMALL, RelayCost.US_PER_MESSAGE);
    for (String peer : List.of(Brokers.NATS, Brokers.REDIS)) {
      goal(
          "relay-small",
          "relay CPU per delivered 64 B message, 1→16: at most 1/5 of " + peer + "'s",
          ratio(ours, median(RelayCost.SMALL, peer, SMALL, RelayCost.US_PER_MESSAGE)),
          false,
          FIFTH);
    }
    for (String size : List.of("64 KiB", "1 MiB")) {
      goal(
          "relay-large-" + size.replace(" ", ""),
          "relay CPU per byte, " + size + ", 1→16: at most 1.15 × a write() loop's",
          ratio(
              median(RelayCost.LARGE, Brokers.HYDRA, size, RelayCost.PER_GB),
              median(RelayCost.LARGE, RelayCost.WRITE_LOOP, size, RelayCost.PER_GB)),
          false,
          WRITE_SHARE);
    }
  }

  private void clients() {
    OptionalDouble many = median(Clients.FANOUT, Brokers.HYDRA, SMALL, Clients.RATE);
    goal(
        "throughput-1-16",
        "delivered 64 B messages/s, 1→16, clients included: at least 3 × the best peer's",
        ratio(many, best(Clients.FANOUT, SMALL, Clients.RATE, true, false)),
        true,
        THREE_TIMES);
    OptionalDouble one = median(Clients.PIPE, Brokers.HYDRA, SMALL, Clients.RATE);
    goal(
        "throughput-1-1",
        "64 B messages/s, 1→1, whole path: at least 10 M",
        one,
        true,
        TEN_MILLION);
    goal(
        "throughput-1-1-peers",
        "64 B messages/s, 1→1, whole path: at least 3 × the best brokered peer's",
        ratio(one, best(Clients.PIPE, SMALL, Clients.RATE, true, true)),
        true,
        THREE_TIMES);
  }

  /** The best that a peer without sealing has reached. */
  private OptionalDouble best(
      String figure, String parameter, String metric, boolean most, boolean brokered) {
    double[] values =
        results.distinct(figure, Results.Sample::subject).stream()
            .filter(subject -> !subject.startsWith(Brokers.HYDRA))
            .filter(subject -> !subject.endsWith(Clients.SEALED))
            .filter(subject -> !brokered || !subject.contains("no broker"))
            .map(subject -> median(figure, subject, parameter, metric))
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .sorted()
            .toArray();
    if (values.length == 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(most ? values[values.length - 1] : values[0]);
  }

  private void latency() {
    for (String parameter : List.of("1→1", "1→16")) {
      for (String percentile : Clients.PERCENTILES) {
        if (!percentile.startsWith("max")) {
          goal(
              "latency-" + parameter + "-" + percentile.replace(" us", ""),
              "latency "
                  + parameter
                  + ", 100 B, 1,000/s, "
                  + percentile.replace(" us", "")
                  + ": at most the best brokered peer's",
              ratio(
                  median(Clients.LATENCY, Brokers.HYDRA, parameter, percentile),
                  best(Clients.LATENCY, parameter, percentile, false, true)),
              false,
              1);
        }
      }
    }
  }

  private void seal() {
    for (String operation : List.of("seal", "open")) {
      String bare = operation.equals("seal") ? "bareSeal" : "bareOpen";
      for (String size : List.of("64 B", "1024 B", "65536 B")) {
        goal(
            "seal",
            operation + " " + size + ": at least 90 % of the bare cipher's speed",
            ratio(
                median(Micro.SEAL, bare, size, Micro.NANOS),
                median(Micro.SEAL, operation, size, Micro.NANOS)),
            true,
            SEAL_SHARE);
      }
    }
  }

  private void scaling() {
    for (String figure : List.of(RelayCost.CONSUMERS, RelayCost.SESSIONS)) {
      List<String> counts = results.distinct(figure, Results.Sample::parameter);
      if (counts.size() > 1) {
        goal(
            figure,
            "relay CPU per delivered byte, "
                + counts.get(0)
                + " to "
                + counts.get(counts.size() - 1)
                + (figure.equals(RelayCost.CONSUMERS) ? " consumers" : " sessions")
                + ": does not rise from any number to a larger one (10 % for the noise)",
            OptionalDouble.of(largestRise(figure, counts)),
            false,
            SCALE_SHARE);
      }
    }
  }

  /** The cost at a count by the least at any smaller one, where that is the largest. */
  private double largestRise(String figure, List<String> counts) {
    double least = value(figure, counts.get(0));
    double rise = 0;
    for (String count : counts.subList(1, counts.size())) {
      double cost = value(figure, count);
      rise = Math.max(rise, cost / least);
      least = Math.min(least, cost);
    }
    return rise;
  }

  private double value(String figure, String parameter) {
    return median(figure, Brokers.HYDRA, parameter, RelayCost.PER_GB).orElse(0);
  }

  private void rest() {
    for (String parameter : results.distinct(ConnectionCost.FIGURE, Results.Sample::parameter)) {
      goal(
          "idle",
          parameter + ": at most 8 KiB each",
          median(ConnectionCost.FIGURE, Brokers.HYDRA, parameter, ConnectionCost.IDLE),
          false,
          IDLE_KIB);
      goal(
          "handshakes",
          parameter + ": at least 1,000/s per core",
          median(ConnectionCost.FIGURE, Brokers.HYDRA, parameter, ConnectionCost.HANDSHAKES),
          true,
          HANDSHAKES);
    }
    goal(
        "stall",
        "one consumer of 16 stalled, SPILL: p99 of the rest at most 1.2 ×",
        ratio(
            median(Clients.STALL, Clients.ONE_STALLED, "", Clients.PERCENTILES[1]),
            median(Clients.STALL, Clients.ALL_READ, "", Clients.PERCENTILES[1])),
        false,
        STALL_SHARE);
  }

  /** Spread of the rounds of a summary, in per cent of the median. */
  static String spread(Optional<Results.Summary> summary) {
    return summary.map(s -> Svg.number(s.min()) + "–" + Svg.number(s.max())).orElse("");
  }
}
