package io.hydrasync.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerClockTest {
  private static final Optional<String> NOON = Optional.of("Tue, 01 Dec 2026 12:00:00 GMT");

  /** The answer took half a second, and says no more than the second. */
  @ParameterizedTest
  @CsvSource({
    "2026-12-01T12:00:00Z, 0",
    "2026-12-01T12:00:01.400Z, 0",
    "2026-12-01T12:00:01.600Z, -100",
    "2026-12-01T12:00:11.500Z, -10000",
    "2026-12-01T11:59:59.900Z, 100",
    "2026-12-01T11:00:00Z, 3600000",
  })
  void isAsFarOffAsCanBeShown(Instant now, long millis) {
    assertThat(ServerClock.ahead(NOON, now, Duration.ofMillis(500)))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void saysNothingOfWhatIsNoTime() {
    assertThat(ServerClock.ahead(Optional.empty(), Instant.EPOCH, Duration.ZERO)).isZero();
    assertThat(ServerClock.ahead(Optional.of("noon"), Instant.EPOCH, Duration.ZERO)).isZero();
  }
}
