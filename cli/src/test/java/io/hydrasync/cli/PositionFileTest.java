package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionFileTest {
  @TempDir private Path directory;

  @Test
  void readsWhatItWrote() throws Exception {
    PositionFile file = new PositionFile(directory.resolve("position"));
    assertThat(file.read()).isEmpty();

    file.write(Position.of(1_800_000_000_000L, 17), 4711);

    PositionFile.Note note = file.read().orElseThrow();
    assertThat(note.position().stream()).isEqualTo(1_800_000_000_000L);
    assertThat(note.position().next()).isEqualTo(17);
    assertThat(note.outputBytes()).isEqualTo(4711);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hello", "v1 1 2 0 none 0 -\n", "v1 1 2 0 none 0 -\n-5\n"})
  void refusesAFileOfAnotherKind(String content) throws Exception {
    Path path = Files.writeString(directory.resolve("position"), content, US_ASCII);

    assertThatIllegalArgumentException().isThrownBy(() -> new PositionFile(path).read());
  }

  @Test
  void cutsTheOutputToWhatWasNoted() throws Exception {
    Path path = Files.writeString(directory.resolve("out"), "0123456789", US_ASCII);
    try (PayloadOutput output = PayloadOutput.to(Optional.of(path), 4)) {
      output.write(ByteBuffer.wrap(new byte[] {'x'}));

      assertThat(output.bytes()).isEqualTo(5);
    }
    assertThat(path).hasContent("0123x");
    assertThatIllegalArgumentException().isThrownBy(() -> PayloadOutput.to(Optional.of(path), 6));
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
