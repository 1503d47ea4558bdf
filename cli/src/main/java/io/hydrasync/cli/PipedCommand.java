package io.hydrasync.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A command whose output is read to its end, also where others write it that the command has left
 * behind, as a shell's pipe would. The JDK closes the pipe of a process when that process exits, so
 * it is not the command's own pipe that is read: between the two stands a {@code cat}, which ends
 * when nobody can write any more, and which no signal that the terminal sends ends before.
 */
final class PipedCommand {
  private static final Path SHELL = Path.of("/bin/sh");

  private final Process command;
  private final InputStream output;

  private PipedCommand(Process command, InputStream output) {
    this.command = command;
    this.output = output;
  }

  /**
   * Starts a command.
   *
   * @param builder with its stdout to be piped
   * @throws IOException if it cannot be run
   */
  static PipedCommand start(ProcessBuilder builder) throws IOException {
    if (!Files.isExecutable(SHELL)) {
      Process alone = builder.start();
      return new PipedCommand(alone, alone.getInputStream());
    }
    ProcessBuilder copy =
        new ProcessBuilder(SHELL.toString(), "-c", "trap '' HUP INT QUIT TERM; exec cat")
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    List<Process> both = ProcessBuilder.startPipeline(List.of(builder, copy));
    return new PipedCommand(both.get(0), both.get(1).getInputStream());
  }

  /** The command itself. */
  Process process() {
    return command;
  }

  /** What it prints, to the end. */
  InputStream output() {
    return output;
  }
}
