package io.hydrasync.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.cli.Main;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.ProgramRun;
import io.hydrasync.tests.support.Tools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of operators at a cluster of two relays on a real etcd. */
@Tag("foreign")
class ClusterCommandsIT {
  @TempDir private Path directory;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<AutoCloseable> open = new ArrayList<>();
  private int runs;

  @BeforeEach
  void needsEtcd() {
    Tools.assume(ClusterTool.etcd().isPresent(), "there is no etcd (Debian: etcd-server)");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private EtcdMembers etcd() throws Exception {
    EtcdMembers etcd = new EtcdMembers(ClusterTool.etcd().orElseThrow(), directory, 1);
    open.add(etcd);
    return etcd;
  }

  private Nodes nodes(EtcdMembers etcd) throws Exception {
    Nodes nodes = new Nodes(ChildJvm.command(Main.class), directory, etcd, 2, List.of());
    open.add(0, nodes);
    return nodes;
  }

  private ProgramRun hydra(String... args) throws Exception {
    return ProgramRun.of(
        new ProcessBuilder(ChildJvm.command(Main.class, args)), directory.resolve("run" + runs++));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private ProgramRun start(EtcdMembers etcd, String relayKey, String clusterKey) throws Exception {
    return hydra(
        "relay",
        "--listen=127.0.0.1:0",
        "--key-file=" + file(relayKey),
        "--cluster=" + etcd.option(),
        "--cluster-key-file=" + file(clusterKey));
  }

  @Test
  void aRelayWithOtherKeysDoesNotStart() throws Exception {
    EtcdMembers etcd = etcd();
    nodes(etcd);
    hydra("key", "new", "cluster", file("other-cluster.key"));
    hydra("key", "new", "relay", file("other-relay.key"));

    ProgramRun stranger = start(etcd, "relay.key", "other-cluster.key");
    ProgramRun otherKey = start(etcd, "other-relay.key", "cluster.key");

    assertThat(stranger.exitCode()).as(stranger.output()).isEqualTo(2);
    assertThat(stranger.output())
        .contains("--cluster-key-file: none of the 2 other relays of this cluster has this key");
    assertThat(otherKey.exitCode()).as(otherKey.output()).isEqualTo(2);
    assertThat(otherKey.output()).contains("--key-file: none of the 2 other relays");
  }

  @Test
  void adminAndDoctorLookAtTheCluster() throws Exception {
    EtcdMembers etcd = etcd();
    Nodes nodes = nodes(etcd);
    Flow flow = new Flow(nodes, Flow.Plan.USUAL, 0);
    open.add(0, flow);
    flow.listen(1);
    flow.awaitFirst();

    ProgramRun owner = admin(nodes, 0, "cluster");
    ProgramRun edge = admin(nodes, 1, "cluster");
    ProgramRun top = hydra(asked("top", nodes, 1, "--cluster", "--count=1"));
    ProgramRun doctor =
        hydra(
            "doctor",
            "--cluster=" + etcd.option(),
            "--cluster-key-file=" + file("cluster.key"),
            "--credential=@" + file("admin.key"));
    ProgramRun broken = hydra("doctor", "--cluster", "etcd://127.0.0.1:1");

    assertThat(owner.output())
        .contains("lease held", "all is well", "1 in the directory")
        .contains(nodes.address(0).toString(), nodes.address(1).toString())
        .containsPattern(flow.name() + " +owner +[0-9a-f]{8} +- +0 +1 +1");
    assertThat(edge.output()).containsPattern(flow.name() + " +edge +[0-9a-f]{8} +up +1 +0 +0");
    assertThat(doctor.exitCode()).as(doctor.output()).isZero();
    assertThat(doctor.output())
        .contains("answers: etcd 3.", "the cluster's keys may be read and written")
        .contains("etcd has one member: when one of them dies");
    for (int i = 0; i < nodes.count(); i++) {
      assertThat(doctor.output())
          .containsPattern(
              "ok +node +[0-9a-f]{8}: clients at " + nodes.address(i) + " are answered")
          .containsPattern("ok +node +[0-9a-f]{8}: links at ");
    }
    assertThat(doctor.output())
        .containsPattern("ok +node +[0-9a-f]{8}: it sees 2 nodes, has its lease, and etcd is well")
        .containsPattern("ok +clock +[0-9a-f]{8}: ")
        .doesNotContain("fail ");
    assertThat(top.exitCode()).as(top.output()).isZero();
    assertThat(top.output().lines())
        .anyMatch(line -> line.startsWith("hydra top  cluster of 2 nodes  1 session  1 producer"))
        .anyMatch(line -> line.matches(flow.name() + " live .* 1 [0-9a-f]{8} +1 .*"));
    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.output()).contains("fail  etcd       127.0.0.1:1: cannot be reached");
    flow.finish();
  }

  private String[] asked(String command, Nodes nodes, int node, String... more) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(List.of(more));
    args.addAll(
        List.of(
            "--relay=" + nodes.address(node),
            "--relay-key=" + nodes.key(),
            "--credential=@" + file("admin.key")));
    return args.toArray(String[]::new);
  }

  private ProgramRun admin(Nodes nodes, int node, String... request) throws Exception {
    ProgramRun run = hydra(asked("admin", nodes, node, request));
    assertThat(run.exitCode()).as(run.output()).isZero();
    return run;
  }

  @Test
  void aSessionIsEndedFromAnyRelayThatHasConsumersOfIt() throws Exception {
    Nodes nodes = nodes(etcd());
    Flow flow = new Flow(nodes, Flow.Plan.USUAL, 0);
    open.add(0, flow);
    flow.listen(1);
    flow.awaitFirst();

    ProgramRun ended = admin(nodes, 1, "end-session", flow.name());
    ProgramRun again = hydra(asked("admin", nodes, 1, "end-session", "00000000"));

    assertThat(ended.output()).isEqualTo("ended\n");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThatThrownBy(() -> flow.await("its producer is told", PATIENCE, () -> false))
        .hasMessageContaining("KICKED");
  }

  @Test
  void theDemoOfAClusterKillsItsOwnerAndLeavesNothingBehind() throws Exception {
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    List<String> command =
        new ArrayList<>(ChildJvm.command(Main.class, "demo", "--cluster", "--seconds", "1"));
    command.add(1, "-Djava.io.tmpdir=" + temporary);

    ProgramRun demo = ProgramRun.of(new ProcessBuilder(command), directory.resolve("demo"));

    assertThat(demo.exitCode()).as(demo.output()).isZero();
    assertThat(demo.output())
        .contains("6 of 6 consumers")
        .containsPattern("relay [ABC], the\\s+owner, is killed")
        .containsPattern("relay [ABC] has taken over");
    assertThat(demo.output().lines()).allMatch(line -> line.length() <= 80);
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(each -> each.getFileName().toString().startsWith("hydra-demo-")))
          .isEmpty();
    }
    Await.until(
        "all its processes have ended",
        () ->
            ProcessHandle.allProcesses()
                .noneMatch(
                    each -> each.info().commandLine().orElse("").contains(temporary.toString())));
  }
}
