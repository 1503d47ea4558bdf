package io.hydrasync.bench.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where programs are. Stateless. */
public final class Programs {
  private Programs() {}

  /**
   * A program in the directory that BENCH_PEERS names, on the path, or where Debian has servers.
   */
  public static Optional<Path> find(String program) {
    List<String> directories = new ArrayList<>();
    directories.add(System.getenv().getOrDefault("BENCH_PEERS", ""));
    directories.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(":")));
    directories.addAll(List.of("/usr/sbin", "/usr/bin", "/usr/local/bin"));
    return directories.stream()
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
