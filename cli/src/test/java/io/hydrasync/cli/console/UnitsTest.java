package io.hydrasync.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitsTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "0.4, 0 B",
    "999, 999 B",
    "1000, 0.977 KiB",
    "1024, 1 KiB",
    "1536, 1.5 KiB",
    "1600, 1.56 KiB",
    "102400, 100 KiB",
    "1022976, 999 KiB",
    "1048576, 1 MiB",
    "12345678901, 11.5 GiB",
    "9.2e18, 7.98 EiB"
  })
  void showsThreeDigitsAndNoTrailingZeros(double bytes, String text) {
    assertThat(Units.bytes(bytes)).isEqualTo(text);
    assertThat(Units.rate(bytes)).isEqualTo(text + "/s");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 ms",
    "0.000045, 0.045 ms",
    "0.1234, 123 ms",
    "9.994, 9990 ms",
    "10, 10 s",
    "12.34, 12.3 s",
    "3600, 3600 s"
  })
  void showsMillisecondsBelowTenSeconds(double seconds, String text) {
    assertThat(Units.time(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 /s",
    "0.25, 0.25 /s",
    "999.4, 999 /s",
    "999.5, '1,000 /s'",
    "12345.6, '12,346 /s'"
  })
  void showsRatesOfMessages(double number, String text) {
    assertThat(Units.perSecond(number)).isEqualTo(text);
  }

  @Test
  void countsOne() {
    assertThat(Units.count(1, "message")).isEqualTo("1 message");
    assertThat(Units.count(12_345, "message")).isEqualTo("12,345 messages");
  }

  @Test
  void showsNoNumberWhereThereIsNone() {
    assertThat(Units.rate(Double.NaN)).doesNotContain("NaN");
    assertThat(Units.significant(Double.POSITIVE_INFINITY)).isEqualTo("-");
  }

  @Test
  void fillsBars() {
    assertThat(Units.bar(0.5, 4)).isEqualTo("[##..]");
    assertThat(Units.bar(7, 4)).isEqualTo("[####]");
    assertThat(Units.bar(-1, 4)).isEqualTo("[....]");
  }
}
