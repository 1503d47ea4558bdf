package io.hydrasync.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.crypto.Hashes;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Every jar that is compiled against, shipped or tested with is the one whose checksum is in {@code
 * dependencies.sha256}. After a deliberate change: {@code -Dlock.update=true}, and read the diff.
 */
class DependencyLockIT {
  private static final Path LOCK = Path.of("..", "dependencies.sha256");

  @Test
  void everyDependencyIsTheOneThatWasLocked() throws IOException {
    SortedMap<String, String> present = new TreeMap<>();
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String entry : path.split(File.pathSeparator)) {
      Path file = Path.of(entry);
      String name = file.getFileName().toString();
      if (name.endsWith(".jar") && !name.startsWith("hydra-") && !name.startsWith("surefire")) {
        present.put(name, HexFormat.of().formatHex(Hashes.sha256(Files.readAllBytes(file))));
      }
    }
    if (Boolean.getBoolean("lock.update")) {
      StringBuilder lines = new StringBuilder();
      present.forEach((name, hash) -> lines.append(hash).append("  ").append(name).append('\n'));
      Files.writeString(LOCK, lines);
    }
    SortedMap<String, String> locked = new TreeMap<>();
    for (String line : Files.readAllLines(LOCK)) {
      locked.put(line.substring(66), line.substring(0, 64));
    }
    assertThat(present).isNotEmpty().isEqualTo(locked);
  }
}
