package io.hydrasync.cli.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A log file, which may be renamed while it is written to. Thread-safe. */
final class LogFile extends FileAppender<ILoggingEvent> {
  /**
   * Opens the file by its name again, and makes it if it is not there: each line is written to one
   * of the two, as a whole. What is no file, a pipe for example, stays open as it is.
   *
   * @throws IOException if it cannot be opened; then what was open stays so
   */
  void reopen() throws IOException {
    Path path = Path.of(getFile());
    if (Files.isDirectory(path)) {
      throw new FileSystemException(getFile(), null, "is a directory");
    }
    if (!Files.exists(path) || Files.isRegularFile(path)) {
      openFile(getFile()); // under the lock that lines are written under
    }
  }
}
