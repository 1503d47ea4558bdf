package io.hydrasync.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final Figures figures = new Figures(() -> now);

  @Test
  void tellsAProducerHowFarItIsAndWhenItWillBeDone() {
    Progress progress =
        new Progress(figures, OptionalLong.of(400_000_000))
            .producing(() -> 2, () -> 1_234_567, () -> 0)
            .overflow("spill");
    now = SECOND;
    figures.count(100_000_000);

    assertThat(progress.line(59)).isEqualTo("[###.......]  25 % of 381 MiB  95.4 MiB/s  ETA 0:03");
    assertThat(progress.line(79))
        .isEqualTo("[#####...............]  25 % of 381 MiB  95.4 MiB/s  ETA 0:03  2 consumers");
    assertThat(progress.line(100))
        .isEqualTo(
            "[#####...............]  25 % of 381 MiB  95.4 MiB/s  ETA 0:03  2 consumers"
                + "  1.18 MiB unacknowledged");
    assertThat(progress.line(199))
        .isEqualTo(
            "[#####...............]  25 % of 381 MiB  95.4 MiB/s  ETA 0:03  2 consumers"
                + "  1.18 MiB unacknowledged  overflow spill");
  }

  @Test
  void tellsTheSameToPrograms() {
    Progress progress =
        new Progress(figures, OptionalLong.of(400)).producing(() -> 1, () -> 5, () -> 7);
    now = SECOND;
    figures.count(100);

    assertThat(progress.event())
        .hasToString(
            "{\"event\":\"progress\",\"bytes\":100,\"messages\":1,\"seconds\":1.000,"
                + "\"bytes_per_second\":100.000,\"total_bytes\":400,\"eta_seconds\":3,"
                + "\"consumers\":1,\"unacknowledged_bytes\":5,\"unread_frames\":7}");
    assertThat(progress.last().toString()).endsWith(",\"unread_frames\":7}");
  }

  @Test
  void hasNoEndWhereTheSizeIsNotKnown() {
    Progress progress = new Progress(figures, OptionalLong.empty());
    now = 3_723 * SECOND;
    figures.count(10);

    assertThat(progress.line(79)).isEqualTo("10 B  0 B/s  1:02:03  1 message");
  }

  @Test
  void forgetsHowFastItWasLongAgo() {
    Progress progress = new Progress(figures, OptionalLong.of(2_000_000));
    figures.count(1_000_000);
    for (int i = 1; i <= 10; i++) {
      now = i * SECOND;
      progress.line(79);
    }

    assertThat(progress.line(79)).contains("50 %", " 0 B/s ", "ETA -:--");
  }
}
