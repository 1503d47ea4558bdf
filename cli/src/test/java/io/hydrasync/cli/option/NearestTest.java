package io.hydrasync.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  private static final List<String> NAMES =
      List.of("relay", "send", "recv", "share", "top", "--count", "--connections", "-q", "key");

  @ParameterizedTest
  @CsvSource({
    "rcv, recv", // one is missing
    "sennd, send", // one too many
    "relax, relay", // another one
    "sned, send", // exchanged
    "--cuont, --count",
    "--conn, --connections", // begins it
    "rela, relay",
    "kye, key"
  })
  void guessesFromASlip(String word, String meant) {
    assertThat(Nearest.of(word, NAMES)).containsExactly(meant);
  }

  @ParameterizedTest
  @CsvSource({"x", "-x", "publish", "--colour", "''"})
  void doesNotGuessFromWhatIsFarAway(String word) {
    assertThat(Nearest.of(word, NAMES)).isEmpty();
    assertThat(Nearest.question(word, NAMES)).isEmpty();
  }

  @Test
  void asksForAllThatAreEquallyNear() {
    assertThat(Nearest.question("sent", List.of("tent", "send", "other")))
        .isEqualTo("; did you mean send or tent?");
  }
}
