package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.cli.option.StartPoint;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.SessionId;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionFileTest {
  private static final SessionId SESSION = SessionId.of(new byte[SessionId.LENGTH]);
  private static final String NOTED = "v1 1 2 0 none 0 -\n3\n";

  @TempDir private Path directory;

  @Test
  void readsWhatItWrote() throws Exception {
    PositionFile file = new PositionFile(directory.resolve("position"), SESSION);
    assertThat(file.read()).isEmpty();

    file.write(Position.of(1_800_000_000_000L, 17), 4711, true);

    PositionFile.Note note = file.read().orElseThrow();
    assertThat(note.position().stream()).isEqualTo(1_800_000_000_000L);
    assertThat(note.position().next()).isEqualTo(17);
    assertThat(note.outputBytes()).isEqualTo(4711);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "hello", "v1 1 2 0 none 0 -\n", "v1 1 2 0 none 0 -\n-5\n", NOTED + "x"})
  void refusesAFileOfAnotherKind(String content) throws Exception {
    Path path = Files.writeString(directory.resolve("position"), content, US_ASCII);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PositionFile(path, SESSION).read())
        .withMessageStartingWith(path + ", line ");
  }

  @Test
  void readsWhatAnEditorHasMadeOfIt() throws Exception {
    Path path = directory.resolve("position");
    for (byte[] bytes :
        List.of(
            ("\uFEFF" + NOTED.replace("\n", "\r\n")).getBytes(UTF_8),
            NOTED.strip().getBytes(UTF_16))) {
      Files.write(path, bytes);

      assertThat(new PositionFile(path, SESSION).read().orElseThrow().outputBytes()).isEqualTo(3);
    }
    Files.write(path, "v1 1 \u00e9".getBytes(ISO_8859_1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PositionFile(path, SESSION).read())
        .withMessageStartingWith(path + ", line 1: not UTF-8");
  }

  @Test
  void refusesThePositionOfAnotherSession() throws Exception {
    Path path = directory.resolve("position");
    byte[] id = new byte[SessionId.LENGTH];
    id[0] = 1;
    SessionId other = SessionId.of(id);
    new PositionFile(path, other).write(Position.of(1, 2), 3, false);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PositionFile(path, SESSION).read())
        .withMessageContainingAll(path.toString(), other.logName(), SESSION.logName());
    assertThat(new PositionFile(path, other).read()).isPresent();
  }

  @Test
  void readsWhatWasNotedWithoutASession() throws Exception {
    Path path = Files.writeString(directory.resolve("position"), NOTED, US_ASCII);

    assertThat(new PositionFile(path, SESSION).read().orElseThrow().position())
        .isEqualTo(Position.of(1, 2));
  }

  @Test
  void cutsTheOutputToWhatWasNoted() throws Exception {
    Path path = Files.writeString(directory.resolve("out"), "0123456789", US_ASCII);
    try (PayloadOutput output = PayloadOutput.to(Optional.of(path), 4, false)) {
      output.write(ByteBuffer.wrap(new byte[] {'x'}));

      assertThat(output.bytes()).isEqualTo(5);
    }
    assertThat(path).hasContent("0123x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PayloadOutput.to(Optional.of(path), 6, false));
  }

  @Test
  void readsWhereToBegin() {
    assertThat(StartPoint.parse("Beginning")).isEqualTo(StartPoint.BEGINNING);
    assertThat(StartPoint.parse("OLDEST")).isEqualTo(StartPoint.OLDEST);
    assertThat(StartPoint.parse("live").start()).isEqualTo(HydraConsumer.Start.LIVE);
    Position at = StartPoint.parse("1800000000000:42").position().orElseThrow();
    assertThat(at.stream()).isEqualTo(1_800_000_000_000L);
    assertThat(at.next()).isEqualTo(42);
    for (String wrong : new String[] {"", "newest", "1:", ":1", "1:2:3", "-1:2", "0:1", "1:x"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> StartPoint.parse(wrong));
    }
  }
}
