package io.hydrasync.cli.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ObserverFileTest {
  @TempDir Path directory;

  @Test
  @EnabledOnOs(
      value = {OS.LINUX, OS.MAC},
      disabledReason = "others have no permissions of POSIX")
  void makesATokenOnceThatOthersCannotRead() throws IOException {
    Path file = directory.resolve("observer.token");

    ObserverFile.create(file);
    byte[] token = ObserverFile.read(file);
    ObserverFile.create(file);

    assertThat(token).hasSize(64);
    assertThat(ObserverFile.read(file)).isEqualTo(token);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> ObserverFile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void refusesWhatIsNoTokenWithoutQuotingIt() throws IOException {
    Path file = directory.resolve("observer.token");
    ObserverFile.create(file);
    String half = Files.readString(file).strip().substring(64);
    Files.writeString(file, half);

    assertThatThrownBy(() -> ObserverFile.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("128 hex digits")
        .message()
        .doesNotContain(half);
  }
}
