package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.Position.End;
import io.hydrasync.client.internal.stream.StreamEnd;
import io.hydrasync.client.internal.stream.StreamPosition;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {
  private static final byte[] T = new byte[32];
  private static final String T_HEX = "07".repeat(32);

  static {
    Arrays.fill(T, (byte) 7);
  }

  private static Position position(
      long stream, long next, int delivered, StreamEnd end, long epoch, byte[] transcript) {
    return new Position(new StreamPosition(stream, next, delivered, end, epoch, transcript));
  }

  @Test
  void isTheSameAfterFormattingAndParsing() {
    for (StreamEnd end : StreamEnd.values()) {
      Position position = position(1_735_689_600_000L, 42, 3, end, 1_735_689_605_000L, T);

      assertThat(Position.parse(position.format())).isEqualTo(position).hasSameHashCodeAs(position);
      assertThat(position.format()).doesNotContain("\n");
      assertThat(position.end().name()).isEqualTo(end.name());
    }
  }

  @Test
  void looksLikeThis() {
    assertThat(position(5, 42, 3, StreamEnd.NONE, 6, T).format())
        .isEqualTo("v1 5 42 3 none 6 " + T_HEX);
    assertThat(Position.of(5, 42)).hasToString("v1 5 42 0 none 0 -");
    assertThat(Position.parse(" v1 5 42 0 session 6 " + T_HEX + "\n").end()).isEqualTo(End.SESSION);
  }

  @Test
  void copiesItsTranscript() {
    Position position = position(5, 42, 3, StreamEnd.NONE, 6, T);
    position.transcript()[0] = 1;

    assertThat(position.transcript()).isEqualTo(T);
    assertThat(position).isNotEqualTo(position(5, 42, 3, StreamEnd.NONE, 6, new byte[32]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "v1",
        "v2 5 42 0 none 0 -",
        "v1 5 42 0 none 0 - x",
        "v1 0 42 0 none 0 -",
        "v1 05 42 0 none 0 -",
        "v1 -5 42 0 none 0 -",
        "v1 5 +42 0 none 0 -",
        "v1 5 99999999999999999999 0 none 0 -",
        "v1 5 4611686018427387905 0 none 0 -",
        "v1 5 42 2147483648 none 0 -",
        "v1 5 42 0 NONE 0 -",
        "v1 5 42 0 none 6 -",
        "v1 5 42 0 none 0 00",
        "v1 5 42 0 none 6 0707",
        "v1 5  0 none 0 -",
        "v1 \u0665 42 0 none 0 -"
      })
  void refusesWhatItDidNotWrite(String text) {
    assertThatThrownBy(() -> Position.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThatThrownBy(() -> Position.of(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Position.of(1, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Position.of(1, (1L << 62) + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
