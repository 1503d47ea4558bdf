package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.cli.exit.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalOutputTest {
  private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
  private final TerminalOutput output =
      new TerminalOutput(Channels.newChannel(terminal), "stdout", true);

  private String shown() {
    return terminal.toString(UTF_8);
  }

  private void write(byte[] bytes) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(bytes);
    assertThat(output.write(data)).isEqualTo(bytes.length);
    assertThat(data.hasRemaining()).isFalse();
  }

  private void write(String text) throws IOException {
    write(text.getBytes(UTF_8));
  }

  @Test
  void leavesTextAsItIs() throws IOException {
    write("a\tb\ngrün 鍵 👩‍👧 שלום\n");

    assertThat(shown()).isEqualTo("a\tb\ngrün 鍵 👩‍👧 שלום\n");
  }

  @Test
  void escapesWhatControlsATerminal() throws IOException {
    write("\u001b]0;owned\u0007 \u001b[2J\r\b\u007f\u009b31m \u0085 end\n");

    assertThat(shown())
        .isEqualTo("\\u001b]0;owned\\u0007 \\u001b[2J\\r\\u0008\\u007f\\u009b31m \\u0085 end\n");
  }

  @Test
  void putsCharactersTogetherThatComeInPieces() throws IOException {
    for (byte one : "ü鍵😀\u009b".getBytes(UTF_8)) {
      write(new byte[] {one});
    }

    assertThat(shown()).isEqualTo("ü鍵😀\\u009b");
  }

  @Test
  void showsACharacterThatDoesNotGoOn() throws IOException {
    write(new byte[] {'a', (byte) 0xe9, (byte) 0x8d});
    assertThat(shown()).isEqualTo("a");

    output.close();

    assertThat(shown()).isEqualTo("a\\xe9\\x8d");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0000",
        "text \u0000",
        "gr\u00fcn",
        "\u00c0\u0080",
        "\u00ed\u00a0\u0080",
        "\u00ff"
      })
  void refusesWhatIsNoTextAndShowsNothingOfIt(String latin1) {
    assertThatThrownBy(() -> write((latin1 + " and more").getBytes(ISO_8859_1)))
        .hasMessage("the payload is binary, and stdout is a terminal: -o FILE, or --force")
        .satisfies(e -> assertThat(ExitCode.of(e)).isEqualTo(ExitCode.USAGE));
    assertThat(terminal.size()).isZero();
  }

  @Test
  void looksAtTheFirst8KiBHoweverTheyCome() throws IOException {
    for (int i = 1; i < TerminalOutput.LOOKED_AT; i++) {
      write("x");
    }
    assertThatThrownBy(() -> write(new byte[1])).hasMessageContaining("binary");
    assertThat(terminal.size()).isEqualTo(TerminalOutput.LOOKED_AT - 1);
  }

  @Test
  void escapesWhatIsNoTextBehindThem() throws IOException {
    write("x".repeat(TerminalOutput.LOOKED_AT));
    write(new byte[] {0, (byte) 0xff, 'a', (byte) 0xe9, 'b'});

    assertThat(shown().substring(TerminalOutput.LOOKED_AT)).isEqualTo("\\u0000\\xffa\\xe9b");
  }

  @Test
  void escapesInTheSameLargeMessageBehindThem() throws IOException {
    byte[] large = "y".repeat(300_000).getBytes(UTF_8);
    large[TerminalOutput.LOOKED_AT] = 0;
    write(large);

    assertThat(shown().substring(TerminalOutput.LOOKED_AT)).startsWith("\\u0000yyy");
  }
}
