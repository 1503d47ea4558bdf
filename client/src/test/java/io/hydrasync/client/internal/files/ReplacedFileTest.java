package io.hydrasync.client.internal.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.Worker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplacedFileTest {
  private static final int MOST = 1_000;

  @TempDir private Path directory = Path.of("");
  private Path path = Path.of("");
  private ReplacedFile file = new ReplacedFile(path, MOST);

  @BeforeEach
  void inADirectoryOfItsOwn() {
    path = directory.resolve("sub").resolve("file");
    file = new ReplacedFile(path, MOST);
  }

  private static boolean append(ReplacedFile file, String text) throws IOException {
    return file.change(now -> Optional.of((new String(now, UTF_8) + text).getBytes(UTF_8)));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(path.getParent())) {
      return files.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void makesTheFileForItsOwnerOnlyAndLeavesNothingElseButTheLock() throws Exception {
    assertThat(append(file, "a")).isTrue();
    assertThat(append(file, "b")).isTrue();

    assertThat(path).content().isEqualTo("ab");
    assertThat(mode(path)).isEqualTo("rw-------");
    assertThat(names()).containsExactly("file", "file.lock");
  }

  @Test
  void keepsTheModeOfAFileThatIsThere() throws Exception {
    append(file, "a");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
    append(file, "b");

    assertThat(mode(path)).isEqualTo("rw-r-----");
  }

  @Test
  void writesThroughSymbolicLinksAlsoToAFileThatIsNotThereYet() throws Exception {
    Path link = directory.resolve("link");
    Path outer = directory.resolve("outer");
    Files.createSymbolicLink(link, Path.of("sub", "file"));
    Files.createSymbolicLink(outer, link);

    append(new ReplacedFile(outer, MOST), "a");
    append(new ReplacedFile(link, MOST), "b");

    assertThat(Files.isSymbolicLink(link)).isTrue();
    assertThat(Files.isSymbolicLink(outer)).isTrue();
    assertThat(path).content().isEqualTo("ab");
    Files.createSymbolicLink(directory.resolve("ring"), directory.resolve("ring"));
    assertThatThrownBy(() -> append(new ReplacedFile(directory.resolve("ring"), MOST), "a"))
        .isInstanceOf(IOException.class);
  }

  @Test
  void readersSeeAllOfOneVersion() throws Exception {
    String one = "1".repeat(MOST);
    String two = "2".repeat(MOST);
    file.change(now -> Optional.of(one.getBytes(UTF_8)));
    Worker<Void> writing =
        Worker.start(
            () -> {
              for (int i = 0; i < 200; i++) {
                String next = i % 2 == 0 ? two : one;
                file.change(now -> Optional.of(next.getBytes(UTF_8)));
              }
              return null;
            });
    while (!writing.isDone()) {
      assertThat(new String(file.read(), UTF_8)).isIn(one, two);
    }
    writing.get();
  }

  /**
   * The change that is made inside of another one is that of somebody for whom the other has been
   * stopped, holding the lock, at the worst moment.
   */
  @Test
  void aChangeThatWasStoppedInTheMiddleBeginsAgain() throws Exception {
    append(file, "a");
    int[] calls = {0};
    file.change(
        now -> {
          if (++calls[0] == 3) { // once without a turn, once with it, now with a claim
            append(new ReplacedFile(path, MOST), "b");
          }
          return Optional.of((new String(now, UTF_8) + "c").getBytes(UTF_8));
        });

    assertThat(path).content().isEqualTo("abc");
    assertThat(names()).containsExactly("file", "file.lock");
  }

  @Test
  void takesAwayWhatWasLeftByWhoeverWasKilled() throws Exception {
    append(file, "a");
    Files.writeString(path.resolveSibling(".file.0123456789abcdef.new"), "half");
    Files.writeString(path.resolveSibling(".file.mine.new"), "somebody else's");

    append(file, "b");

    assertThat(names()).containsExactly(".file.mine.new", "file", "file.lock");
  }

  @Test
  void losesNoChangeOfManyThreads() throws Exception {
    List<Worker<Void>> workers = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      workers.add(
          Worker.start(
              () -> {
                append(new ReplacedFile(path, MOST), "x");
                return null;
              }));
    }
    for (Worker<Void> worker : workers) {
      worker.get();
    }
    assertThat(path).content().isEqualTo("x".repeat(64));
  }

  @Test
  void replacesNothingButRegularFilesAndNeverWaitsForAPipe() throws Exception {
    Files.createDirectories(path.getParent());
    assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    Worker<Void> reading =
        Worker.start(
            () -> {
              assertThatThrownBy(() -> file.read()).hasMessageContaining("not a regular file");
              assertThatThrownBy(() -> append(file, "a")).isInstanceOf(IOException.class);
              return null;
            });
    reading.get();
    ReplacedFile nowhere = new ReplacedFile(Path.of("/dev/null"), MOST);
    append(nowhere, "a");
    assertThat(nowhere.read()).isEmpty();
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
  }

  @Test
  void isBoundedBothWays() throws Exception {
    append(file, "x".repeat(MOST));
    assertThatThrownBy(() -> append(file, "x")).hasMessageContaining("more than 1000 bytes");
    assertThat(path).hasSize(MOST);
    Files.writeString(path, "x".repeat(MOST + 1));
    assertThatThrownBy(() -> file.read()).hasMessageContaining("more than 1000 bytes");
    assertThat(names()).containsExactly("file", "file.lock");
  }

  @Test
  void nothingToChangeNeedsNoRightToWrite() throws Exception {
    append(file, "a");
    Files.delete(path.resolveSibling("file.lock"));
    assertThat(file.change(now -> Optional.empty())).isFalse();
    assertThat(names()).containsExactly("file");
  }

  @Test
  void anInterruptEndsItAndNothingIsChanged() throws Exception {
    append(file, "a");
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> append(file, "b")).isInstanceOf(InterruptedIOException.class);
    } finally {
      assertThat(Thread.interrupted()).as("the flag stays set").isTrue();
    }
    assertThat(path).content().isEqualTo("a");
    assertThat(names()).containsExactly("file", "file.lock");
  }
}
