package io.hydrasync.cli.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TicketFileTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void makesAFileThatOnlyItsOwnerCanRead() throws IOException {
    Path file = directory.resolve("ticket");

    TicketFile.write(file, "hydra://x");

    assertThat(file).hasContent("hydra://x\n");
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void replacesAFileAndLeavesNothingBehind() throws IOException {
    Path file = directory.resolve("ticket");
    Files.writeString(file, "an older and much longer ticket");

    TicketFile.write(file, "new");

    assertThat(file).hasContent("new\n");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void saysWhichFileCannotBeWritten() {
    Path file = directory.resolve("missing").resolve("ticket");

    assertThatThrownBy(() -> TicketFile.write(file, "secret"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
  }
}
