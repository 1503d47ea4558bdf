package io.hydrasync.protocol.check;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlainTextTest {
  private static final String TEXT = "ä€\uD83D\uDE00\r\nb\n\u0A0A\u000B";

  @TempDir private Path directory = Path.of("");

  static Stream<byte[]> encodings() {
    return Stream.of(
        TEXT.getBytes(UTF_8),
        ("\uFEFF" + TEXT).getBytes(UTF_8),
        TEXT.getBytes(UTF_16), // writes a mark
        ("\uFEFF" + TEXT).getBytes(UTF_16BE),
        ("\uFEFF" + TEXT).getBytes(UTF_16LE));
  }

  @ParameterizedTest
  @MethodSource("encodings")
  void readsWhatEditorsWrite(byte[] bytes) throws IOException {
    byte[] before = bytes.clone();

    assertThat(PlainText.decode(bytes)).isEqualTo(TEXT);
    assertThat(bytes).isEqualTo(before);
    assertThat(PlainText.read(Files.write(directory.resolve("f"), bytes), bytes.length))
        .isEqualTo(TEXT);
  }

  @Test
  void takesAMarkForOneOnlyWhereItBegins() {
    assertThat(PlainText.decode(new byte[0])).isEmpty();
    assertThat(PlainText.decode("\uFEFF".getBytes(UTF_8))).isEmpty();
    assertThat(PlainText.decode("a\uFEFF".getBytes(UTF_8))).isEqualTo("a\uFEFF");
  }

  @Test
  void readsTheFirstLineOfAnyEncoding() {
    for (Charset charset : new Charset[] {UTF_8, UTF_16BE, UTF_16LE}) {
      byte[] bytes = "\uFEFFkey\r\nmore".getBytes(charset);
      int feed = 0;
      while (bytes[feed] != '\n') {
        feed++;
      }

      assertThat(PlainText.decodeFirstLine(java.util.Arrays.copyOf(bytes, feed)))
          .isEqualTo("key\r");
    }
  }

  @Test
  void namesTheLineOfWhatIsNoText() throws IOException {
    refuses("a\r\nb\rc\nd\u00e9f".getBytes(ISO_8859_1), 4, "not UTF-8");
    refuses("\u00e9".getBytes(ISO_8859_1), 1, "not UTF-8");
    refuses("a\n\0".getBytes(UTF_8), 2, "a NUL byte");
    refuses("key\n".getBytes(UTF_16LE), 1, "a NUL byte");
    refuses("a".getBytes(Charset.forName("UTF-32")), 1, "a NUL byte");
    refuses(new byte[] {'\n', (byte) 0xE2, (byte) 0x82}, 2, "not UTF-8"); // cut off
    refuses(new byte[] {(byte) 0xFF, (byte) 0xFE, 'a'}, 1, "half a character");
    refuses(new byte[] {(byte) 0xFE, (byte) 0xFF, (byte) 0xD8, 0}, 1, "half a character");
  }

  private void refuses(byte[] bytes, int line, String reason) throws IOException {
    Path file = Files.write(directory.resolve("f"), bytes);

    assertThatExceptionOfType(PlainText.NotTextException.class)
        .isThrownBy(() -> PlainText.read(file, 100))
        .withMessage(file + ", line " + line + ": " + reasonOf(bytes))
        .satisfies(e -> assertThat(e.line()).isEqualTo(line))
        .satisfies(e -> assertThat(e.reason()).contains(reason));
  }

  private static String reasonOf(byte[] bytes) {
    try {
      return PlainText.decode(bytes);
    } catch (PlainText.NotTextException e) {
      return e.reason();
    }
  }

  @Test
  void readsNoMoreThanItMay() throws IOException {
    Path file = Files.write(directory.resolve("f"), new byte[] {'a', 'b', 'c'});

    assertThat(PlainText.read(file, 3)).isEqualTo("abc");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PlainText.read(file, 2))
        .withMessage(file + " has more than 2 bytes, so it is something else");
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> PlainText.read(directory, 2))
        .withMessageContaining(directory.toString());
  }
}
