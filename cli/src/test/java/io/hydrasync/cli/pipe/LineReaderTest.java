package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
  private static final int LONGEST = 1 << 20;

  @Test
  void cutsAtNewlines() throws IOException {
    assertThat(lines("a\nbc\n\nd\n", LONGEST)).containsExactly("a", "bc", "", "d");
  }

  @Test
  void takesALastLineWithoutNewline() throws IOException {
    assertThat(lines("a\nb", LONGEST)).containsExactly("a", "b");
  }

  @Test
  void findsNoLineInNothing() throws IOException {
    assertThat(lines("", LONGEST)).isEmpty();
  }

  @Test
  void leavesCarriageReturnsAlone() throws IOException {
    assertThat(lines("a\r\n", LONGEST)).containsExactly("a\r");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 4096, 65_535, 65_536, 65_537, 1 << 20})
  void readsLinesOfAnyLengthInPiecesOfAnySize(int mostPerRead) throws IOException {
    Random random = new Random(mostPerRead);
    List<String> expected = new ArrayList<>();
    int[] lengths = {0, 1, 65_535, 65_536, 65_537, 300_000, 0, 131_072, 5, LONGEST, 3};
    for (int length : lengths) {
      expected.add("x".repeat(random.nextInt(3)) + "y".repeat(Math.max(0, length - 3)));
    }
    expected.add("end");

    List<String> lines = lines(String.join("\n", expected), LONGEST, mostPerRead);

    assertThat(lines.equals(expected)).as("the same lines").isTrue(); // too long to be printed
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 65_535, 65_536, 100_000})
  void refusesALineThatIsTooLong(int longest) throws IOException {
    String fits = "z".repeat(longest);

    assertThat(lines("a\n" + fits + "\n" + fits, longest).equals(List.of("a", fits, fits)))
        .isTrue();
    for (String tooLong : List.of(fits + "z", fits + "z\n", fits + "z".repeat(200_000))) {
      assertThatThrownBy(() -> lines("a\n" + tooLong, longest))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("line 2");
    }
  }

  private static List<String> lines(String text, int longest) throws IOException {
    return lines(text, longest, Integer.MAX_VALUE);
  }

  private static List<String> lines(String text, int longest, int mostPerRead) throws IOException {
    InputStream in =
        new ByteArrayInputStream(text.getBytes(UTF_8)) {
          @Override
          public synchronized int read(byte[] bytes, int offset, int length) {
            return super.read(bytes, offset, Math.min(length, mostPerRead));
          }
        };
    LineReader reader = new LineReader(in, longest);
    List<String> lines = new ArrayList<>();
    for (ByteBuffer line = reader.next(); line != null; line = reader.next()) {
      lines.add(UTF_8.decode(line).toString());
    }
    return lines;
  }
}
