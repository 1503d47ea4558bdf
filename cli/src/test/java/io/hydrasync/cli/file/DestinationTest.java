package io.hydrasync.cli.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.cli.pipe.PositionFile;
import io.hydrasync.cli.secret.TicketFile;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.SessionId;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestinationTest {
  private static final SessionId SESSION = SessionId.of(new byte[SessionId.LENGTH]);
  private static final Path FULL = Path.of("/dev/full");

  @TempDir private Path directory;

  @Test
  void aNameLeadsToTheFileBehindItsLinks() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("file"));
    Path far = Files.createSymbolicLink(directory.resolve("far"), link);
    Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), Path.of("absent"));

    assertThat(Destination.of(far)).isEqualTo(new Destination.Replaceable(far, file, true));
    assertThat(Destination.of(dangling))
        .isEqualTo(new Destination.Replaceable(dangling, directory.resolve("absent"), false));
  }

  @Test
  void whatIsNoFileIsNeverReplaced() throws IOException {
    assumeTrue(Files.exists(FULL));
    Path link = Files.createSymbolicLink(directory.resolve("link"), FULL);

    assertThat(Destination.of(FULL)).isInstanceOf(Destination.Special.class);
    for (Path name : new Path[] {FULL, link}) {
      assertThatIOException()
          .isThrownBy(() -> TicketFile.write(name, "secret"))
          .withMessageContaining("(No space left on device)");
      assertThatIOException().isThrownBy(() -> TicketFile.create(name, "secret"));
      assertThatIOException()
          .isThrownBy(() -> new PositionFile(name, SESSION))
          .withMessageContaining("no regular file");
    }
    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(Files.isRegularFile(FULL)).isFalse();
  }

  @Test
  void aLinkStaysWhenItsTargetIsReplaced() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "old");
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);

    TicketFile.write(link, "new");

    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(file).hasContent("new\n");
    assertThatIOException()
        .isThrownBy(() -> TicketFile.create(link, "newer"))
        .withMessageContaining("exists already");
  }

  @Test
  void aPositionIsNotedBehindALink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("position"));

    new PositionFile(link, SESSION).write(Position.of(1_800_000_000_000L, 1), 2, false);

    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(new PositionFile(directory.resolve("position"), SESSION).read()).isPresent();
  }

  @Test
  void aPositionThatCannotBeReplacedIsRefusedBeforeAnythingIsDone() throws IOException {
    Path readOnly = Files.createDirectory(directory.resolve("ro"));
    Path position = Files.createFile(readOnly.resolve("position"));
    assumeThat(readOnly.toFile().setWritable(false)).isTrue();
    assumeThat(Files.isWritable(readOnly)).as("root may write anywhere").isFalse();

    assertThatIOException()
        .isThrownBy(() -> new PositionFile(position, SESSION))
        .withMessageContaining("the directory that it is in");
  }

  @Test
  void saysWhatCannotBeAnOutput() {
    assertThatThrownBy(() -> Destination.of(directory))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("is a directory");
    assertThatIOException()
        .isThrownBy(() -> Destination.of(Path.of("")))
        .withMessageContaining("empty");
  }

  @Test
  void aLoopOfLinksIsNoDestination() throws IOException {
    Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));

    assertThatIOException().isThrownBy(() -> Destination.of(loop));
  }

  @Test
  void knowsTheNamesOfDescriptors() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/stdout"));

    assertThat(OpenDescriptor.of(Path.of("/dev/stdin"))).isEqualTo(OptionalInt.of(0));
    assertThat(OpenDescriptor.of(Path.of("/dev/fd/7"))).isEqualTo(OptionalInt.of(7));
    assertThat(OpenDescriptor.of(Path.of("/proc/self/fd/2"))).isEqualTo(OptionalInt.of(2));
    assertThat(OpenDescriptor.of(link)).isEqualTo(OptionalInt.of(1));
    assertThat(OpenDescriptor.of(Path.of("/proc/1/fd/2"))).isEmpty();
    assertThat(OpenDescriptor.of(directory)).isEmpty();
    assertThat(OpenDescriptor.of(Path.of("./-"))).isEmpty();
    assertThat(Destination.of(Path.of("-"))).hasToString("stdout");
  }
}
