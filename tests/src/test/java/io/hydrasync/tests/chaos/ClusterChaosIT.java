package io.hydrasync.tests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.tests.nodes.ClusterTool;
import io.hydrasync.tests.support.ChildJvm;
import io.hydrasync.tests.support.Tools;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of {@link ClusterChaos}; {@code tests/bin/cluster-chaos} is the long one. */
@Tag("foreign")
class ClusterChaosIT {
  private static final int FAULTS = Integer.getInteger("cluster-chaos.faults", 12);
  private static final int SESSIONS = 3;

  /** A machine on which everything else is built, too, is no measure. */
  private static final double PROGRESS_SECONDS = 45;

  @TempDir private Path directory;

  @Test
  void nothingIsLostRepeatedOrMissedSilentlyWhateverHappensToTheProcesses() throws Exception {
    Optional<Path> etcd = ClusterTool.etcd();
    Tools.assume(
        etcd.isPresent() && Sources.isKnown(),
        "there is no etcd (Debian: etcd-server), or no Linux");
    ChaosRun.Plan plan =
        new ChaosRun.Plan(
            etcd.orElseThrow(),
            ChildJvm.command(Main.class),
            FAULTS,
            Long.getLong("cluster-chaos.seed", 46),
            FAULTS,
            SESSIONS,
            1,
            PROGRESS_SECONDS,
            ChaosRun.Until.END);

    ChaosRun.Result result = new ChaosRun(plan, directory, System.out).run();

    assertThat(result.findings()).as(result.told()).isEmpty();
    assertThat(result.faults()).isEqualTo(FAULTS);
  }
}
