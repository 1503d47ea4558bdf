package io.hydrasync.protocol.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
  @ParameterizedTest
  @ValueSource(
      ints = {
        0, 7, 8, 9, 0x0A, 0x0B, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x90, 0x9B, 0x9C, 0x9D, 0x9F,
        0xAD, 0x34F, 0x61C, 0x115F, 0x17B4, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028,
        0x2029, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2060, 0x2064, 0x2066, 0x2067, 0x2068,
        0x2069, 0x206F, 0x3164, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0,
        0xFFF9, 0xFFFE, 0xFFFF, 0xE0001, 0xE0041, 0xE007F, 0xE0100, 0x1D173, 0x10FFFF
      })
  void escapesWhatIsNotWhatItLooksLike(int c) {
    String text = Character.toString(c);

    assertThat(Printable.isPlain(c)).isFalse();
    assertThat(Printable.line("a" + text + "b")).matches("a(\\\\[nrt]|(\\\\u[0-9a-f]{4}){1,2})b");
    assertThat(Printable.quoted(text)).isEqualTo(Printable.line(text));
    assertThat(Printable.cell(text, 20)).matches("[ -~]+");
    assertThat(Printable.stripped("a" + text + "b")).isEqualTo("ab");
  }

  @Test
  void leavesWhatCanBeSeenAsItIs() {
    String text = "Grüße, 東京 привет \u05e9\u05dc\u05d5\u05dd é€😀 a\\b \"c\" ~";

    assertThat(Printable.line(text)).isEqualTo(text);
    assertThat(Printable.lines(text + "\n" + text)).isEqualTo(text + "\n" + text);
    assertThat(Printable.stripped(text)).isEqualTo(text);
  }

  @Test
  void nothingClosesAQuotation() {
    assertThat(Printable.quoted("a\" b\\ \n")).isEqualTo("a\\\" b\\\\ \\n");
  }

  @Test
  void eachCharacterOfACellTakesAColumn() {
    assertThat(Printable.cell("東a\u0301\n", 40)).isEqualTo("\\u6771a\\u0301\\n");
    assertThat(Printable.cell("東京", 8)).isEqualTo("\\u6771\\u");
    assertThat(Printable.cell("x".repeat(1_000_000), 3)).isEqualTo("xxx");
    assertThat(Printable.cell("", 3)).isEmpty();
  }

  @Test
  void everyCharacterComesOutPlain() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      all.appendCodePoint(c);
    }
    String text = all.toString();

    assertThat(Printable.lines(text).codePoints().filter(c -> c != '\n'))
        .allMatch(Printable::isPlain);
    assertThat(Printable.line(text).codePoints()).allMatch(Printable::isPlain);
    assertThat(Printable.stripped(text).codePoints()).allMatch(Printable::isPlain);
  }
}
