package io.hydrasync.tests.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A program that has run to its end.
 *
 * @param output what it has said on stdout and stderr, in the order in which it came
 */
public record ProgramRun(int exitCode, String output) {
  /**
   * Runs a program, which is killed where it does not end.
   *
   * @param log takes what it says; a file, since a pipe that its children keep open would have no
   *     end
   */
  public static ProgramRun of(ProcessBuilder program, Path log) throws Exception {
    Process process = program.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("it has ended").isTrue();
      return new ProgramRun(process.exitValue(), Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
  }
}
