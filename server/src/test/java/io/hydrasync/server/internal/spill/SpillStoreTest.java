package io.hydrasync.server.internal.spill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In what directory a relay spills, and in what it does not. */
class SpillStoreTest {
  @TempDir private Path above = Path.of("");
  private Path directory = Path.of("");

  @BeforeEach
  void absent() {
    directory = above.resolve("spill");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void makesDirectoryAndFilesForItsUserOnly() throws Exception {
    SpillStore store = SpillStore.in(directory.resolve("deep"), 1);
    Path path = store.newFile();
    SpillFile file = SpillFile.write(path, false, ByteBuffer.allocate(10), e -> {});

    assertThat(mode(directory.resolve("deep"))).isEqualTo("rwx------");
    assertThat(mode(path)).isEqualTo("rw-------");
    file.delete();
    store.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rwxr-xr-x", "rwx--x---", "rwx---r--", "rwx-----x", "-wx--x---", "rwxrwxrwx"})
  void refusesWhatOthersMayEnter(String mode) throws Exception {
    Files.createDirectory(directory);
    mode(directory, mode);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpillStore.in(directory, 1))
        .withMessageContainingAll("open to others", "chmod 700 " + directory);
  }

  @Test
  void refusesWhatBelongsToSomebodyElse() throws Exception {
    Files.createDirectory(directory);
    mode(directory, "rwx------");
    try {
      Files.setAttribute(directory, "unix:uid", 4_711);
    } catch (IOException e) {
      Assumptions.abort("only root can give a directory away: " + e);
    }

    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpillStore.in(directory, 1))
        .withMessageContainingAll("belongs to 4711", "of its own");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void refusesADirectoryThatOthersCanPutAnotherInThePlaceOf() throws Exception {
    Files.createDirectories(directory.resolve("deep"));
    mode(directory.resolve("deep"), "rwx------");
    mode(directory, "rwxrwxrwx");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> SpillStore.in(directory.resolve("deep"), 1))
        .withMessageContaining("chmod go-w " + directory.toRealPath());

    Files.setAttribute(directory, "unix:mode", 01777); // as /tmp is
    SpillStore.in(directory.resolve("deep"), 1).close();
  }

  @Test
  void refusesWhatIsNoDirectory() throws Exception {
    Files.createFile(directory);
    assertThatThrownBy(() -> SpillStore.in(directory, 1))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(directory.toString());
  }

  @Test
  void followsALinkOnceAndNotWhereItLeadsLater() throws Exception {
    Path real = Files.createDirectory(above.resolve("real"));
    Path other = Files.createDirectory(above.resolve("other"));
    mode(real, "rwx------");
    mode(other, "rwx------");
    Files.createSymbolicLink(directory, real);
    SpillStore store = SpillStore.in(directory, 1);
    Files.delete(directory);
    Files.createSymbolicLink(directory, other);

    assertThat(store.newFile().getParent()).isEqualTo(real.toRealPath());
    store.close();
  }

  @Test
  void writesNothingIntoWhatHasTakenItsPlace() throws Exception {
    SpillStore store = SpillStore.in(directory, 1);
    Path other = Files.createDirectory(above.resolve("other"));
    Files.move(directory, above.resolve("moved"));
    Files.createSymbolicLink(directory, other);
    assertThatThrownBy(store::newFile)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("replaced by another directory");

    Files.delete(directory);
    Files.createDirectory(directory);
    assertThatThrownBy(store::newFile).isInstanceOf(IOException.class);
    store.close();
  }
}
