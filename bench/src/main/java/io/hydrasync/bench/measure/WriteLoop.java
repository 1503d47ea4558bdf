package io.hydrasync.bench.measure;

import io.hydrasync.bench.relay.Brokers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** The program of {@code write_loop.c}, compiled when it is needed. */
public final class WriteLoop {
  private WriteLoop() {}

  /** Compiles it; empty where there is no compiler. */
  public static Optional<Path> compile(Path work) throws IOException {
    Optional<Path> compiler = Brokers.find("gcc");
    if (compiler.isEmpty()) {
      return Optional.empty();
    }
    Path source = work.resolve("write_loop.c");
    Path program = work.resolve("write_loop").toAbsolutePath();
    try (InputStream in = WriteLoop.class.getResourceAsStream("/write_loop.c")) {
      if (in == null) {
        throw new IOException("write_loop.c is not on the class path");
      }
      Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
    }
    Process process =
        new ProcessBuilder(
                List.of(
                    compiler.get().toString(),
                    "-O2",
                    "-o",
                    program.toString(),
                    source.toAbsolutePath().toString()))
            .inheritIO()
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException("write_loop.c does not compile");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return Optional.of(program);
  }
}
