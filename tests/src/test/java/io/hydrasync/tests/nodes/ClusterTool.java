package io.hydrasync.tests.nodes;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.tests.nodes.Flow.Plan;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plays all scenes against three relays and an etcd, and prints a row for each. As a command:
 * {@code tests/bin/cluster}.
 */
final class ClusterTool {
  private static final Duration AWAY = Duration.ofSeconds(60);

  private static final int CONSUMERS = 10_000;
  private static final int SESSIONS = 100_000;

  private final String only;
  private final boolean big;
  private int played;
  private int faults;

  private ClusterTool(String only, boolean big) {
    this.only = only;
    this.big = big;
  }

  /** Where etcd is, on the path or where packages put it. */
  static Optional<Path> etcd() {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Stream.concat(Stream.of(path.split(File.pathSeparator)), Stream.of("/usr/bin"))
        .filter(each -> !each.isEmpty())
        .map(each -> Path.of(each).resolve("etcd"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  public static void main(String[] arguments) throws Exception {
    boolean big = List.of(arguments).contains("--big");
    String[] args =
        Stream.of(arguments).filter(each -> !each.equals("--big")).toArray(String[]::new);
    String program = option(args, "--etcd", "");
    Optional<Path> etcd = program.isEmpty() ? etcd() : Optional.of(Path.of(program));
    if (etcd.isEmpty()) {
      System.err.println("cluster: there is no etcd on the path; name one with --etcd PROGRAM");
      System.exit(2);
    }
    ClusterTool tool = new ClusterTool(option(args, "--only", ""), big);
    tool.play(
        etcd.get(),
        Path.of(option(args, "--hydra", "../hydra")),
        Integer.parseInt(option(args, "--members", "3")),
        Integer.parseInt(option(args, "--rounds", "20")));
    System.out.printf(Locale.ROOT, "%d scenes, %d faults%n", tool.played, tool.faults);
    System.exit(tool.faults == 0 && tool.played > 0 ? 0 : 1);
  }

  private static String option(String[] args, String name, String standard) {
    for (int i = 0; i + 1 < args.length; i += 2) {
      if (args[i].equals(name)) {
        return args[i + 1];
      }
    }
    return standard;
  }

  private void play(Path etcdProgram, Path hydra, int members, int rounds) throws Exception {
    Path directory = Files.createTempDirectory("hydra-cluster-");
    List<AutoCloseable> open = new ArrayList<>();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> open.forEach(ClusterTool::close), "cluster-end"));
    EtcdMembers etcd = new EtcdMembers(etcdProgram, directory, members);
    open.add(etcd);
    if (big) {
      BigScenes scenes = new BigScenes(etcd, directory);
      scene("crowd over three nodes", () -> scenes.crowd(CONSUMERS));
      scene("directory of many sessions", () -> scenes.directory(SESSIONS));
    } else {
      usual(hydra, etcd, directory, open, rounds);
    }
    open.forEach(ClusterTool::close);
    if (faults == 0) {
      remove(directory);
    } else {
      System.out.println("logs are in " + directory);
    }
  }

  private void usual(
      Path hydra, EtcdMembers etcd, Path directory, List<AutoCloseable> open, int rounds)
      throws Exception {
    Nodes nodes =
        new Nodes(List.of(hydra.toString()), directory, etcd, Scenes.NODES, Scenes.RELAY_OPTIONS);
    open.add(0, nodes);
    Scenes scenes = new Scenes(nodes, etcd);
    EtcdScenes etcdScenes = new EtcdScenes(scenes, nodes, etcd, directory);
    scene("any node, owned session", () -> scenes.anyNode(Plan.USUAL));
    scene("any node, plain session", () -> scenes.anyNode(Plan.PLAIN));
    scene("node leaves and joins", scenes::nodeJoinsAndLeaves);
    for (Overflow policy : EnumSet.complementOf(EnumSet.of(Overflow.DEFAULT))) {
      String name = policy.name().toLowerCase(Locale.ROOT);
      scene("slow consumer, " + name, () -> scenes.slowConsumer(policy));
    }
    scene("owner killed", () -> scenes.ownerKilled(rounds));
    scene("owner frozen", scenes::ownerFrozen);
    scene("owner drained", scenes::ownerDrained);
    if (etcd.count() > 1) {
      scene("owner and leader killed", scenes::ownerAndLeaderKilled);
      scene("etcd's leader killed", etcdScenes::leaderKilled);
      scene("etcd's member replaced", etcdScenes::memberReplaced);
    }
    scene("etcd stopped for 60 s", () -> etcdScenes.stopped(AWAY));
    scene("etcd compacted, defragmented", etcdScenes::compacted);
    scene("etcd compacted, frozen node", etcdScenes::compactedBehindAFrozenNode);
    scene("etcd restored from a copy", etcdScenes::restored);
    scene("etcd full", etcdScenes::full);
  }

  private interface Scene {
    String play() throws Exception;
  }

  private void scene(String name, Scene scene) {
    if (!name.contains(only)) {
      return;
    }
    played++;
    String verdict = "ok";
    String told;
    try {
      told = scene.play();
    } catch (Exception e) {
      verdict = "FAULT";
      faults++;
      told = e instanceof Flow.Fault ? String.valueOf(e.getMessage()) : e.toString();
    }
    System.out.printf(Locale.ROOT, "%-6s %-28s %s%n", verdict, name, told);
  }

  static void close(AutoCloseable each) {
    try {
      each.close();
    } catch (Exception e) {
      System.err.println("cluster: cannot end a process: " + e);
    }
  }

  static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
