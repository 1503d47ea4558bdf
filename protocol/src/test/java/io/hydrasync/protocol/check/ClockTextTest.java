package io.hydrasync.protocol.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClockTextTest {
  @Test
  void saysAMomentInUtc() {
    long moment = Instant.parse("2026-11-29T22:04:19.987Z").toEpochMilli();

    assertThat(ClockText.utc(moment)).isEqualTo("2026-11-29T22:04:19Z");
    assertThat(ClockText.utc(Long.MAX_VALUE)).startsWith("+292278994-08-17T");
    assertThat(ClockText.utc(-1)).isEqualTo("1969-12-31T23:59:59Z");
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, less than a second",
    "PT0.499S, less than a second",
    "PT0.999S, 1 second",
    "PT1S, 1 second",
    "PT59.4S, 59 seconds",
    "PT59.5S, 1 minute",
    "PT60S, 1 minute",
    "PT61S, 1 minute 1 second",
    "PT3H20M29S, 3 hours 20 minutes",
    "PT3H20M30S, 3 hours 21 minutes",
    "PT23H59M59S, 1 day",
    "PT24H, 1 day",
    "PT24H29M, 1 day",
    "P9DT23H59M59.999S, 10 days",
    "P10DT3H, 10 days 3 hours",
    "P3650D, 3650 days"
  })
  void saysADifferenceInWords(Duration difference, String words) {
    long ms = difference.toMillis();

    assertThat(ClockText.apart(1_000, 1_000 + ms)).isEqualTo(words);
    assertThat(ClockText.apart(1_000 + ms, 1_000)).isEqualTo(words);
  }

  @Test
  void saysTheLargestDifferenceToo() {
    assertThat(ClockText.apart(Long.MIN_VALUE, Long.MAX_VALUE)).startsWith("53375995583 days");
  }
}
