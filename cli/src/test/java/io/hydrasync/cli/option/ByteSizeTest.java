package io.hydrasync.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0,0",
    "4096,4096",
    "4096B,4096",
    "64k,65536",
    "64K,65536",
    "64KiB,65536",
    "64 KiB,65536",
    "64kB,64000",
    "8MiB,8388608",
    "8m,8388608",
    "100MB,100000000",
    "1.5G,1610612736",
    "2GiB,2147483648",
    "1T,1099511627776",
    "0.5k,512"
  })
  void readsSizes(String text, long bytes) {
    assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "k", "-1", "1x", "1e3", "1.5", "0.3k", "1 000", "9999999999T", "١k"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> ByteSize.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void refusesMoreThanAnIntHolds() {
    assertThat(ByteSize.parse("2147483647").intBytes("a frame")).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(() -> ByteSize.parse("2GiB").intBytes("a frame"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a frame");
  }
}
