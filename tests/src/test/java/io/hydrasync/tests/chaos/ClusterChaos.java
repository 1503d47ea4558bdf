package io.hydrasync.tests.chaos;

import io.hydrasync.cli.Main;
import io.hydrasync.tests.nodes.ClusterTool;
import io.hydrasync.tests.support.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command: {@code tests/bin/cluster-chaos}. */
final class ClusterChaos {
  private static final int PROGRESS_SECONDS = 5;
  private static final int PLANTED_FAULTS = 100;
  private static final int PLANTED_ROUND = 20;

  private final Map<String, String> options = new HashMap<>();

  private ClusterChaos(String[] args) {
    for (int i = 0; i < args.length; i++) {
      boolean alone = args[i].equals("--planted") || args[i].equals("--go-on");
      if (!args[i].startsWith("--") || !alone && i + 1 == args.length) {
        throw new IllegalArgumentException("unknown option " + args[i]);
      }
      options.put(args[i].substring(2), alone ? "true" : args[++i]);
    }
  }

  private int number(String name, int standard) {
    return Optional.ofNullable(options.get(name)).map(Integer::parseInt).orElse(standard);
  }

  public static void main(String[] args) throws Exception {
    ClusterChaos tool = new ClusterChaos(args);
    Optional<Path> etcd =
        Optional.ofNullable(tool.options.get("etcd")).map(Path::of).or(ClusterTool::etcd);
    if (etcd.isEmpty() || !Sources.isKnown()) {
      System.err.println(
          "cluster-chaos: it needs Linux, and an etcd on the path or named with --etcd PROGRAM");
      System.exit(2);
    }
    long seed =
        Optional.ofNullable(tool.options.get("seed"))
            .map(Long::parseLong)
            .orElseGet(() -> System.nanoTime() % 1_000_000);
    System.exit(tool.play(etcd.get(), seed) ? 0 : 1);
  }

  private boolean play(Path etcd, long seed) throws IOException, InterruptedException {
    if (!options.containsKey("planted")) {
      return run(etcd, seed, Optional.empty());
    }
    boolean all = true;
    String only = options.getOrDefault("only", "");
    for (Planted planted : Planted.values()) {
      if (planted.toString().contains(only)) {
        all &= run(etcd, seed, Optional.of(planted));
      }
    }
    return all;
  }

  /** Plays a run; returns whether it came out as it should. */
  private boolean run(Path etcd, long seed, Optional<Planted> planted)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("hydra-cluster-chaos-");
    List<String> relay = ChildJvm.command(Main.class);
    ChaosRun.Plan plan =
        new ChaosRun.Plan(
            etcd,
            planted.isPresent() ? planted.get().in(relay, directory) : relay,
            number("faults", planted.isPresent() ? PLANTED_FAULTS : 1_000),
            seed,
            number("round", planted.isPresent() ? PLANTED_ROUND : 50),
            number("sessions", ChaosSession.Shape.values().length),
            number("members", 3),
            number("progress", PROGRESS_SECONDS),
            until(planted));
    System.out.println("seed " + seed + planted.map(p -> ", " + p).orElse(""));
    ChaosRun.Result result = new ChaosRun(plan, directory, System.out).run();
    System.out.println(result.told());
    System.out.println(counts(result.findings()));
    boolean found = result.findings().stream().anyMatch(f -> f.kind() != Finding.Kind.LATE);
    if (planted.isPresent()) {
      System.out.println(
          planted.get()
              + (found ? " was found within " : " was NOT FOUND within ")
              + result.faults()
              + " faults");
    }
    boolean good = planted.isPresent() ? found : result.findings().isEmpty();
    if (good) {
      remove(directory);
    } else {
      System.out.println("all logs are in " + directory + "; again with --seed " + seed);
    }
    return good;
  }

  private ChaosRun.Until until(Optional<Planted> planted) {
    if (planted.isPresent()) {
      return ChaosRun.Until.PLANTED;
    }
    return options.containsKey("go-on") ? ChaosRun.Until.END : ChaosRun.Until.FAULT;
  }

  private static String counts(List<Finding> findings) {
    return Arrays.stream(Finding.Kind.values())
        .map(
            kind ->
                findings.stream().filter(each -> each.kind() == kind).count()
                    + " "
                    + kind.name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .collect(Collectors.joining(", "));
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
