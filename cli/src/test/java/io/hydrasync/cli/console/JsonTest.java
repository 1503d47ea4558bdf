package io.hydrasync.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void writesEachKindOfValue() {
    Json json =
        Json.event("x").with("n", 7).with("yes", true).with("part", 1.5).with("o", new Json());

    assertThat(json).hasToString("{\"event\":\"x\",\"n\":7,\"yes\":true,\"part\":1.500,\"o\":{}}");
  }

  @Test
  void staysOneLineOfValidJsonWhateverTheText() {
    Json json = new Json().with("t", "a\"b\\c\nd\u0001é\ud800");

    assertThat(json).hasToString("{\"t\":\"a\\\"b\\\\c\\nd\\u0001é\\ud800\"}");
  }

  @Test
  void hasNoNumberForWhatIsNone() {
    assertThat(new Json().with("x", Double.NaN).with("y", 1 / 0.0))
        .hasToString("{\"x\":null,\"y\":null}");
  }
}
