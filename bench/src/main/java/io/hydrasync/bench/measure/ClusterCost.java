package io.hydrasync.bench.measure;

import io.hydrasync.bench.measure.Results.Sample;
import io.hydrasync.bench.relay.Brokers.Broker;
import io.hydrasync.bench.relay.ClusterStand;
import io.hydrasync.bench.relay.NativeDriver;
import io.hydrasync.bench.relay.NativeDriver.Outcome;
import io.hydrasync.bench.relay.Subjects.Subject;
import io.hydrasync.bench.relay.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * What a message costs on its way over two nodes, beside one relay in the same run: the latency of
 * one at a time, and the processor time of the edge. They take turns, each in fresh processes.
 */
public final class ClusterCost {
  public static final String FEW = "cluster-1-1";
  public static final String BUSY = "cluster-busy";

  private static final String EDGE = "edge";
  private static final int FANOUT = 16;
  private static final int FEW_BYTES = 100;
  private static final int BUSY_BYTES = 64;
  private static final double FEW_RATE = 1000;
  private static final double WARM_RATE = 20_000;

  private final Results results;
  private final Settings.Load settings;
  private final Path driver;
  private final Path work;

  /**
   * Measures nothing yet.
   *
   * @param driver compiled from {@code load_driver.c}
   * @param work where files of a cluster go
   */
  public ClusterCost(Results results, Settings.Load settings, Path driver, Path work) {
    this.results = results;
    this.settings = settings;
    this.driver = driver;
    this.work = work;
  }

  /**
   * Measures, and says how an edge compares.
   *
   * @param relay ours, alone
   * @param hydra the command that starts it
   * @param etcd the program
   * @return a line for each goal
   */
  public String measure(Subject relay, List<String> hydra, Path etcd) throws IOException {
    for (int round = 1; round <= settings.rounds(); round++) {
      Broker alone = relay.start();
      try {
        measure(relay.name(), alone.wire(), alone.process().pid(), round);
      } finally {
        alone.process().close();
      }
      try (ClusterStand stand = ClusterStand.start(etcd, hydra, work)) {
        measure(EDGE, stand.wire(), stand.edgePid(), round);
      }
    }
    return ratio("latency 1→1, p50", FEW, relay.name(), Loads.P50, 2)
        + ratio("CPU of a delivered 64 B message", BUSY, relay.name(), Loads.CPU, 1.1);
  }

  private void measure(String name, Wire wire, long pid, int round) throws IOException {
    try (NativeDriver load = NativeDriver.start(driver)) {
      int group = load.connect(wire, 0, 1, 1, FEW_BYTES);
      load.rate(group, WARM_RATE);
      load.run(pid, settings.warmUpNanos());
      load.rate(group, FEW_RATE);
      load.run(pid, settings.warmUpNanos() / 2);
      Outcome outcome = load.run(pid, settings.fewNanos());
      add(FEW, name, Loads.P50, round, outcome.groups().get(group).last().at(500) / 1e3);
      add(FEW, name, Loads.P99, round, outcome.groups().get(group).last().at(990) / 1e3);
      add(FEW, name, Loads.CPU, round, outcome.cpuNanos() / 1e3 / outcome.delivered());
    }
    try (NativeDriver load = NativeDriver.start(driver)) {
      int group = load.connect(wire, 1, 1, FANOUT, BUSY_BYTES);
      load.rate(group, NativeDriver.FULL_SPEED);
      load.run(pid, settings.warmUpNanos());
      Outcome outcome = load.run(pid, settings.busyNanos());
      add(BUSY, name, Loads.CPU, round, outcome.cpuNanos() / 1e3 / outcome.delivered());
      add(BUSY, name, Loads.RATE, round, outcome.delivered() / (outcome.nanos() / 1e9));
    }
  }

  private void add(String figure, String name, String metric, int round, double value) {
    results.add(new Sample(figure, name, "", metric, round, value));
  }

  private String ratio(String what, String figure, String alone, String metric, double most) {
    OptionalDouble one = results.median(figure, alone, "", metric);
    OptionalDouble edge = results.median(figure, EDGE, "", metric);
    double ratio = edge.orElseThrow() / one.orElseThrow();
    return String.format(
        Locale.ROOT,
        "%s: an edge's is %.2f times one relay's (goal: at most %.1f): %s%n",
        what,
        ratio,
        most,
        ratio > most ? "MISSED" : "held");
  }
}
