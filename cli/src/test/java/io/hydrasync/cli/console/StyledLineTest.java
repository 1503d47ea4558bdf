package io.hydrasync.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class StyledLineTest {
  private final StringWriter text = new StringWriter();
  private final PrintWriter out = EscapedWriter.of(new PrintWriter(text, true));

  @Test
  void hasColoursOnlyWhereTheyAreWanted() {
    StyledLine line = StyledLine.of("a ").and("b", Style.RED);

    line.print(out, false);
    assertThat(text).hasToString("a b");
    line.print(out, true);
    assertThat(text.toString()).endsWith("a \033[31mb\033[0m");
  }

  @Test
  void isCutByWhatIsSeen() {
    StyledLine line = StyledLine.of("abc", Style.RED).and("def", Style.GREEN).and("   ");

    assertThat(line.cut(4).text()).isEqualTo("abcd");
    assertThat(line.cut(3).text()).isEqualTo("abc");
    assertThat(line.cut(80).text()).isEqualTo("abcdef");
  }

  @Test
  void doesNothingToATerminalWithWhatOthersSay() {
    StyledLine.of("\033[2J", Style.RED).print(out, false);

    assertThat(text.toString()).doesNotContain("\033");
  }

  @Test
  void wrapsBetweenWordsAndParts() {
    assertThat(Wrapped.words("one two three", 7)).isEqualTo(List.of("one two", "three"));
    assertThat(Wrapped.words("longer", 4)).isEqualTo(List.of("long"));
    assertThat(Wrapped.parts(List.of("a b", "c d"), "  ", 7)).isEqualTo(List.of("a b", "c d"));
    assertThat(Wrapped.parts(List.of("a b", "c d"), "  ", 8)).isEqualTo(List.of("a b  c d"));
  }
}
