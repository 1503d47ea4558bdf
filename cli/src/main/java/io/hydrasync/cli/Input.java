package io.hydrasync.cli;

import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What send reads: a file or stdin. Read by one thread; {@link #isPartlyRead} is for any. */
final class Input implements Closeable {
  private final FileInputStream in;
  private final OptionalLong size;
  private volatile boolean atEnd;

  private Input(FileInputStream in) {
    this.in = in;
    size = left(in);
  }

  /**
   * Opens a file.
   *
   * @param file its name, or - for stdin
   */
  static Input open(String file) throws IOException {
    return new Input(file.equals("-") ? new Stdin() : existing(Path.of(file)));
  }

  private static FileInputStream existing(Path file) throws IOException {
    try {
      return new FileInputStream(file.toFile());
    } catch (FileNotFoundException e) { // which it also is when it is there and cannot be read
      if (!Files.exists(file)) {
        throw new NoSuchFileException(file.toString());
      }
      throw Files.isDirectory(file)
          ? new FileSystemException(file.toString(), null, "is a directory")
          : new AccessDeniedException(file.toString());
    }
  }

  /** A pipe or a terminal has no position. */
  private static OptionalLong left(FileInputStream in) {
    try {
      long position = in.getChannel().position();
      long size = in.getChannel().size();
      return size > position ? OptionalLong.of(size - position) : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  InputStream stream() {
    return in;
  }

  /** How many bytes it has, if it is a file of known size. */
  OptionalLong size() {
    return size;
  }

  /** Everything has been read and sent. */
  void finished() {
    atEnd = true;
  }

  /** Whether it has an end that has not been reached; a pipe ends wherever one stops. */
  boolean isPartlyRead() {
    return size.isPresent() && !atEnd;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
