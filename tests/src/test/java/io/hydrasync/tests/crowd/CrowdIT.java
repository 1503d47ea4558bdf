package io.hydrasync.tests.crowd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short runs of {@link Crowd}; {@code tests/bin/crowd} does the long ones. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CrowdIT {
  /** The frames are small: those cost most beside their bytes. */
  private static final String SMALL =
      "200 --witnesses 3 --rate-kib 256 --message 100 --capacity-kib 1024 --segment-kib 64"
          + " --seconds 1 --policy ";

  @ParameterizedTest
  @ValueSource(strings = {"spill", "backpressure"})
  void aConsumerThatStallsCostsTheRelayNoMoreThanItsShare(String policy) throws Exception {
    CrowdReport report = Crowd.run(CrowdPlan.of((SMALL + policy).split(" ")));

    System.out.println("crowd: " + policy + "\n" + report);
    assertThat(report.verdicts()).isNotEmpty();
    assertThat(report.verdicts())
        .filteredOn(verdict -> !verdict.isTiming())
        .allMatch(CrowdReport.Verdict::holds);
  }
}
