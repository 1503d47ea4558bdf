package io.hydrasync.bench;

import io.hydrasync.bench.measure.Clients;
import io.hydrasync.bench.measure.ClusterCost;
import io.hydrasync.bench.measure.ConnectionCost;
import io.hydrasync.bench.measure.CrateCost;
import io.hydrasync.bench.measure.Loads;
import io.hydrasync.bench.measure.Machine;
import io.hydrasync.bench.measure.Micro;
import io.hydrasync.bench.measure.RelayCost;
import io.hydrasync.bench.measure.Results;
import io.hydrasync.bench.measure.Settings;
import io.hydrasync.bench.measure.StartUp;
import io.hydrasync.bench.process.CProgram;
import io.hydrasync.bench.process.Programs;
import io.hydrasync.bench.relay.Brokers;
import io.hydrasync.bench.relay.CratePrograms;
import io.hydrasync.bench.relay.Subjects;
import io.hydrasync.bench.report.LoadTables;
import io.hydrasync.bench.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs all benchmarks and writes the page. Started by {@code bench/run}. */
public final class Bench {
  private static final List<String> ALL =
      List.of(
          "relay",
          "large",
          "scale",
          "clients",
          "latency",
          "stall",
          "connections",
          "start",
          "micro",
          "few",
          "cold",
          "busy",
          "many",
          "beside",
          "cluster",
          "crate");
  private static final List<String> WITH_BROKERS =
      List.of("relay", "large", "scale", "clients", "latency", "stall");

  /** About how long the crate's clients take for a load. */
  private static final double CRATE_NANOS = 1.5e9;

  private final Results results = new Results();
  private final List<String> options;
  private final Settings settings;
  private final List<String> wanted;
  private final Path work;
  private final boolean quick;

  private Bench(List<String> options, Path work) {
    this.options = options;
    quick = options.contains("--quick");
    settings = quick ? Settings.quick() : Settings.full();
    wanted = option(options, "--only").map(value -> List.of(value.split(","))).orElse(ALL);
    this.work = work;
  }

  /**
   * Runs.
   *
   * @param args {@code --page FILE} where the page goes, {@code --work DIR} for everything else,
   *     {@code --quick} to see that all works, {@code --only a,b} for some of: relay, large, scale,
   *     clients, latency, stall, connections, start, micro, few, cold, busy, many, beside, cluster
   *     (which needs etcd), crate; for the last seven {@code --subjects a,b} for those whose names
   *     contain one of these words, and {@code --rounds N}; for crate {@code --sizes 256,16384},
   *     bytes of a packet; or {@code --render FILE} to make the page again from saved data
   * @throws IOException if something fails; the page is not written then
   */
  public static void main(String[] args) throws IOException {
    List<String> options = Arrays.asList(args);
    Path page = Path.of(option(options, "--page").orElseThrow());
    Optional<String> saved = option(options, "--render");
    if (saved.isPresent()) {
      Report.write(Results.load(Path.of(saved.get())), page);
      return;
    }
    Path work = Path.of(option(options, "--work").orElseThrow());
    Bench bench = new Bench(options, work);
    long began = System.nanoTime();
    bench.facts();
    bench.measure();
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    bench.results.fact("time taken", took.toMinutes() + " min " + took.toSecondsPart() + " s");
    bench.results.fact("load average at the end", Machine.load());
    bench.results.save(work.resolve("results.tsv"));
    Report.write(bench.results, page);
    System.out.println("written: " + page);
  }

  private static Optional<String> option(List<String> options, String name) {
    int at = options.indexOf(name);
    return at < 0 ? Optional.empty() : Optional.of(options.get(at + 1));
  }

  private void facts() {
    results.fact("date", LocalDate.now().toString());
    Machine.describe().forEach(results::fact);
    results.fact("load average at the start", Machine.load());
    for (String name : List.of("BENCH_HYDRA_ARGS", "HYDRA_JAVA_OPTS")) {
      Optional.ofNullable(System.getenv(name)).ifPresent(value -> results.fact(name, value));
    }
    results.fact("rounds", Integer.toString(settings.rounds()));
    for (String program :
        List.of("nats-server", "redis-server", "valkey-server", "mosquitto", "gcc")) {
      if (Programs.find(program).isEmpty()) {
        results.fact(program, "absent, so its rows are missing");
        System.out.println("SKIPPED: " + program + " is not installed");
      }
    }
  }

  private void measure() throws IOException {
    Files.createDirectories(work);
    if (wanted.stream().anyMatch(WITH_BROKERS::contains)) {
      withBrokers();
    }
    part("connections", () -> new ConnectionCost(results, settings).measure());
    part("start", () -> StartUp.measure(results, 2 * settings.rounds()));
    part("micro", () -> Micro.measure(results, settings.rounds(), quick));
    Optional<Path> driver = CProgram.compile(work, "load_driver");
    if (driver.isPresent()) {
      loads(driver.get());
    }
    part("crate", this::crate);
    System.out.print(LoadTables.text(results));
  }

  private void crate() throws IOException {
    Optional<CratePrograms> crate = CratePrograms.build(work);
    if (crate.isEmpty()) {
      results.fact("cargo", "absent, or it cannot build the crate, so its rows are missing");
      System.out.println("SKIPPED: the Rust crate needs cargo");
      return;
    }
    List<Subjects.Subject> ours =
        subjects().all().stream().filter(Subjects.Subject::isOurs).toList();
    List<Integer> sizes =
        option(options, "--sizes")
            .map(value -> Arrays.stream(value.split(",")).map(Integer::valueOf).toList())
            .orElse(List.of());
    new CrateCost(results, rounds(), quick ? CRATE_NANOS / 10 : CRATE_NANOS, ours, crate.get())
        .measure(sizes);
  }

  private int rounds() {
    return option(options, "--rounds").map(Integer::parseInt).orElse(settings.rounds());
  }

  private Subjects subjects() throws IOException {
    Map<String, String> environment = System.getenv();
    Subjects subjects =
        Subjects.find(
            work,
            environment.getOrDefault("BENCH_HYDRA", Path.of("hydra").toAbsolutePath().toString()),
            environment.getOrDefault("BENCH_HYDRA_ARGS", ""));
    Optional<String> only = option(options, "--subjects");
    return only.isPresent() ? subjects.only(List.of(only.get().split(","))) : subjects;
  }

  private void loads(Path driver) throws IOException {
    int rounds = rounds();
    Settings.Load some =
        wanted.equals(ALL) ? Settings.Load.whole(rounds) : Settings.Load.some(rounds);
    Settings.Load load = quick ? Settings.Load.quick() : some;
    Loads loads = new Loads(results, load, subjects(), driver);
    part("few", loads::few);
    part("cold", loads::cold);
    part("busy", loads::busy);
    part("many", loads::many);
    part("beside", loads::beside);
    part("cluster", () -> cluster(driver, load));
  }

  private void cluster(Path driver, Settings.Load load) throws IOException {
    Optional<Path> etcd = Programs.find("etcd");
    if (etcd.isEmpty()) {
      results.fact("etcd", "absent, so an edge's figures are missing");
      System.out.println("SKIPPED: a cluster needs etcd");
      return;
    }
    List<String> hydra = List.of(Path.of("hydra").toAbsolutePath().toString());
    Subjects.Subject alone = Subjects.find(work, hydra.get(0), "").all().get(0);
    System.out.print(
        new ClusterCost(results, load, driver, work).measure(alone, hydra, etcd.get()));
  }

  private void withBrokers() throws IOException {
    try (Brokers brokers = Brokers.start(work)) {
      RelayCost relays = new RelayCost(results, settings);
      Clients clients = new Clients(results, settings, brokers);
      part("relay", () -> relays.small(brokers));
      part("large", () -> relays.large(brokers, CProgram.compile(work, "write_loop")));
      part("scale", () -> relays.scaling(brokers.get(Brokers.HYDRA).orElseThrow()));
      part("clients", clients::throughput);
      part("latency", clients::latency);
      part("stall", clients::stall);
    }
  }

  /** A part of the whole, which may fail. */
  private interface Part {
    void run() throws IOException;
  }

  private void part(String name, Part part) throws IOException {
    if (wanted.contains(name)) {
      long began = System.nanoTime();
      System.out.println(name);
      part.run();
      System.out.printf(Locale.ROOT, "%s: %.0f s%n", name, (System.nanoTime() - began) / 1e9);
    }
  }
}
