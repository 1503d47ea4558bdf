package io.hydrasync.cli.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyDecoderTest {
  /** What is typed at once; an underscore is a pause. */
  private static List<Key> typed(String text) throws IOException {
    int[] at = {0};
    KeyDecoder decoder =
        new KeyDecoder(
            millis -> {
              if (at[0] == text.length()) {
                return KeyDecoder.CLOSED;
              }
              char c = text.charAt(at[0]++);
              return c == '_' ? KeyDecoder.NOTHING : c;
            });
    List<Key> keys = new ArrayList<>();
    for (Key key = decoder.next(1); key.kind() != Key.Kind.CLOSED; key = decoder.next(1)) {
      keys.add(key);
    }
    return keys;
  }

  @ParameterizedTest
  @CsvSource({
    "[A, UP",
    "OA, UP",
    "[B, DOWN",
    "OD, LEFT",
    "[5~, PAGE_UP",
    "[6~, PAGE_DOWN",
    "[H, HOME",
    "[4~, END",
    "OM, ENTER",
    "[1;5A, OTHER",
    "x, OTHER",
    "_, ESCAPE",
    "[_, OTHER"
  })
  void knowsSequences(String sequence, Key.Kind kind) throws IOException {
    assertThat(typed("\033" + sequence)).containsExactly(Key.of(kind));
  }

  @Test
  void tellsKeysApartThatComeAtOnce() throws IOException {
    assertThat(typed("q\033[A\r\177_\001"))
        .containsExactly(
            Key.of('q'),
            Key.of(Key.Kind.UP),
            Key.of(Key.Kind.ENTER),
            Key.of(Key.Kind.BACKSPACE),
            Key.of(Key.Kind.NONE),
            Key.of(Key.Kind.OTHER));
  }

  @Test
  void readsNoSequenceWithoutAnEnd() throws IOException {
    assertThat(typed("\033[" + "1".repeat(1_000)).get(0)).isEqualTo(Key.of(Key.Kind.OTHER));
  }
}
