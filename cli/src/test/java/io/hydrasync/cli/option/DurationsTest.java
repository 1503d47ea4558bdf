package io.hydrasync.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "0s,0",
    "50us,50000",
    "500ms,500000000",
    "30s,30000000000",
    "1.5s,1500000000",
    "30 S,30000000000",
    "2m,120000000000",
    "1h,3600000000000",
    "1d,86400000000000",
    "7ns,7"
  })
  void readsTimes(String text, long nanos) {
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofNanos(nanos));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "30", "-1s", "1y", "PT1S", "0.5ns", "999999999999d"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Durations.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }
}
