package io.hydrasync.tests.nodes;

import io.hydrasync.tests.nodes.Lines.Build;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Replaces the relays of a cluster, one after the other, by those of another build, while clients
 * of several builds send and receive through all of them. As a command: {@code tests/bin/upgrade}.
 */
final class UpgradeTool {
  private final List<AutoCloseable> open = new ArrayList<>();

  private UpgradeTool() {}

  /**
   * Plays it.
   *
   * @param args the launchers: of the build that the cluster has, of the one that it gets, and of
   *     clients from before there were clusters
   */
  public static void main(String[] args) throws Exception {
    Optional<Path> etcd = ClusterTool.etcd();
    if (etcd.isEmpty()) {
      System.err.println("upgrade: there is no etcd on the path");
      System.exit(2);
    }
    UpgradeTool tool = new UpgradeTool();
    Runtime.getRuntime().addShutdownHook(new Thread(tool::close, "upgrade-end"));
    Path directory = Files.createTempDirectory("hydra-upgrade-");
    int exit = 0;
    try {
      tool.play(
          etcd.get(),
          directory,
          new Build("old", Path.of(args[0]), true),
          new Build("new", Path.of(args[1]), true),
          new Build("ancient", Path.of(args[2]), false));
    } catch (Flow.Fault e) {
      System.out.println("FAULT  " + e.getMessage());
      System.out.println("logs are in " + directory);
      exit = 1;
    }
    tool.close();
    if (exit == 0) {
      ClusterTool.remove(directory);
    }
    System.exit(exit);
  }

  private void play(Path etcdProgram, Path directory, Build old, Build fresh, Build ancient)
      throws Exception {
    EtcdMembers etcd = new EtcdMembers(etcdProgram, directory, Scenes.NODES);
    open.add(etcd);
    Nodes nodes =
        new Nodes(List.of(old.program().toString()), directory, etcd, Scenes.NODES, List.of());
    open.add(0, nodes);
    List<Build> builds = List.of(old, fresh, ancient);
    List<Lines> sessions = new ArrayList<>();
    for (int i = 0; i < builds.size(); i++) {
      // a producer of each build, each at another node, and beside it consumers of all builds
      Lines lines = new Lines(builds.get(i).name() + " sends", directory, nodes);
      open.add(0, lines);
      for (int j = 0; j < builds.size(); j++) {
        lines.take(builds.get(j), (i + j) % Scenes.NODES);
      }
      lines.send(builds.get(i), i);
      sessions.add(lines);
    }
    awaitAll(sessions);
    say("all nodes " + old.name());
    replace(nodes, sessions, fresh, 0, true);
    replace(nodes, sessions, fresh, 1, false);
    replace(nodes, sessions, fresh, 2, true);
    // and one back, as by whoever does not like the new build
    replace(nodes, sessions, old, 1, true);
    for (Lines each : sessions) {
      say("ok     " + each.finish());
    }
  }

  private static void replace(
      Nodes nodes, List<Lines> sessions, Build build, int node, boolean drained) throws Exception {
    nodes.startFromNowOn(List.of(build.program().toString()));
    long began = System.nanoTime();
    if (drained) {
      nodes.process(node).terminate();
      nodes.process(node).awaitEnd();
    } else {
      nodes.process(node).kill();
    }
    nodes.restart(node);
    nodes.awaitNodes(Scenes.NODES);
    double seen = (System.nanoTime() - began) / 1e6;
    awaitAll(sessions);
    say(
        String.format(
            Locale.ROOT,
            "%c %s, %s in its place: %.0f ms until all nodes see it, everybody has all lines",
            (char) ('A' + node),
            drained ? "drained" : "killed",
            build.name(),
            seen));
  }

  private static void awaitAll(List<Lines> sessions) {
    sessions.forEach(Lines::awaitCaughtUp);
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  private synchronized void close() {
    open.forEach(ClusterTool::close);
    open.clear();
  }
}
