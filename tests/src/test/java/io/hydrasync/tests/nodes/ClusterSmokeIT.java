package io.hydrasync.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.tests.nodes.Flow.Plan;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Tools;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three relays of {@code hydra relay} on a real etcd, one of which is killed; {@code
 * tests/bin/cluster} does more.
 */
@Tag("foreign")
class ClusterSmokeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path directory;

  @Test
  void nobodyLosesAMessageWhenTheOwnerIsKilled() throws Exception {
    Optional<Path> program = ClusterTool.etcd();
    Tools.assume(program.isPresent(), "there is no etcd (Debian: etcd-server)");
    try (EtcdMembers etcd = new EtcdMembers(program.orElseThrow(), directory, 1);
        Nodes nodes =
            new Nodes(ChildJvm.command(Main.class), directory, etcd, Scenes.NODES, List.of());
        Flow flow = new Flow(nodes, Plan.USUAL, 0)) {
      List<Listener> all = IntStream.range(0, Scenes.NODES).mapToObj(flow::listen).toList();
      flow.awaitFirst();
      assertThat(nodes.awaitOwner(flow.name())).isZero();

      flow.millisUntilNext(all.subList(1, Scenes.NODES), PATIENCE, nodes.process(0)::kill);
      flow.awaitCaughtUp(PATIENCE);

      assertThat(nodes.awaitOwner(flow.name())).isPositive();
      assertThat(flow.finish()).contains("same SHA-256");
    }
  }
}
