package io.hydrasync.bench.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** The programs in C of this module, compiled when they are needed. Stateless. */
public final class CProgram {
  private CProgram() {}

  /**
   * Compiles a program; empty where there is no compiler.
   *
   * @param work where the program goes
   * @param name of the program; its source is {@code NAME.c} on the class path
   */
  public static Optional<Path> compile(Path work, String name) throws IOException {
    Optional<Path> compiler = Programs.find("gcc");
    if (compiler.isEmpty()) {
      return Optional.empty();
    }
    Files.createDirectories(work);
    Path source = work.resolve(name + ".c").toAbsolutePath();
    Path program = work.resolve(name).toAbsolutePath();
    try (InputStream in = CProgram.class.getResourceAsStream("/" + name + ".c")) {
      if (in == null) {
        throw new IOException(name + ".c is not on the class path");
      }
      Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
    }
    Process process =
        new ProcessBuilder(
                List.of(
                    compiler.get().toString(), "-O2", "-o", program.toString(), source.toString()))
            .inheritIO()
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(name + ".c does not compile");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return Optional.of(program);
  }
}
