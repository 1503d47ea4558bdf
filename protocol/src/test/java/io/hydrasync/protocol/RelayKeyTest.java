package io.hydrasync.protocol;

import static io.hydrasync.protocol.KnownAnswers.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelayKeyTest {
  // 32 bytes that need both characters in which base64url differs from base64.
  private static final String BYTES = "fbff" + "fe".repeat(30);
  private static final String TEXT = "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v4";

  @Test
  void printsAsUnpaddedBase64Url() {
    assertThat(RelayKey.of(hex(BYTES))).hasToString(TEXT);
  }

  @Test
  void readsWhatItPrints() {
    RelayKey key = RelayKey.parse(TEXT);

    assertThat(hex(key.toBytes())).isEqualTo(BYTES);
    assertThat(key).isEqualTo(RelayKey.of(hex(BYTES)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // nothing
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v", // one character short
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v4A", // one too many
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v4=", // padded
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v=", // padding in place of a character
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v5", // bits behind the end
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v6",
        "+//+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v4", // plain base64
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_%3", // percent-encoding
        "-__-_v7-_v7-_v7-_v7 _v7-_v7-_v7-_v7-_v7-_v4", // space
        "-__-_v7-_v7-_v7-_v7\n_v7-_v7-_v7-_v7-_v7-_v4", // line break
        "-__-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_vé", // not ASCII
      })
  void refusesAnyOtherText(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RelayKey.parse(text))
        .withMessageContaining("relay key")
        .withMessageNotContaining("_v7-")
        .withNoCause();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33})
  void refusesWrongLength(int length) {
    assertThatIllegalArgumentException().isThrownBy(() -> RelayKey.of(new byte[length]));
  }

  @Test
  void copiesBytesInAndOut() {
    byte[] given = hex(BYTES);
    RelayKey key = RelayKey.of(given);

    given[0]++;
    key.toBytes()[1]++;

    assertThat(hex(key.toBytes())).isEqualTo(BYTES);
  }

  @Test
  void differsInEveryBit() {
    RelayKey key = RelayKey.of(hex(BYTES));

    assertThat(key).hasSameHashCodeAs(RelayKey.of(hex(BYTES))).isNotEqualTo(TEXT);
    for (int bit = 0; bit < Bits.count(hex(BYTES)); bit++) {
      assertThat(RelayKey.of(Bits.flipped(hex(BYTES), bit))).isNotEqualTo(key);
    }
  }
}
