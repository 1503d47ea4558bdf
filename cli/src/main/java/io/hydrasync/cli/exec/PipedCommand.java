package io.hydrasync.cli.exec;

import io.hydrasync.cli.process.Inherited;
import io.hydrasync.cli.secret.Secrets;
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
public final class PipedCommand implements AutoCloseable {
  private static final Path SHELL = Path.of("/bin/sh");

  private final Process command;
  private final Process copy;

  private PipedCommand(List<Process> all) {
    command = all.get(0);
    copy = all.get(all.size() - 1);
  }

  /**
   * Starts a command.
   *
   * @param builder with its stdout to be piped
   * @param commands to which it belongs; the {@code cat} does not
   * @throws IOException if it cannot be run
   */
  public static PipedCommand start(ProcessBuilder builder, Commands commands) throws IOException {
    if (!Files.isExecutable(SHELL)) {
      return new PipedCommand(commands.start(builder));
    }
    ProcessBuilder cat =
        new ProcessBuilder(SHELL.toString(), "-c", "trap '' HUP INT QUIT TERM; exec cat")
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    Secrets.hide(cat.environment());
    Inherited.restoreLocale(cat.environment());
    return new PipedCommand(commands.start(builder, cat));
  }

  /** The command itself. */
  public Process process() {
    return command;
  }

  /** What it prints, to the end. */
  public InputStream output() {
    return copy.getInputStream();
  }

  /** What has not been read by now is not read any more, whoever may still write. */
  @Override
  public void close() {
    if (copy != command) {
      copy.toHandle().destroyForcibly(); // the other one would close the stream that is being read
    }
  }
}
