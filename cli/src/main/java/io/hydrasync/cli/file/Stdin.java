package io.hydrasync.cli.file;

import io.hydrasync.cli.exit.UnusableStreamException;
import java.io.FileDescriptor;
import java.io.FileInputStream;

/** Stdin, where it is given, without a buffer; it stays open, for it belongs to the process. */
public final class Stdin extends FileInputStream {
  /**
   * Does not read yet.
   *
   * @throws UnusableStreamException if it is closed, or open for writing
   */
  public Stdin() throws UnusableStreamException {
    super(FileDescriptor.in);
    StandardStream.STDIN.require();
  }

  @Override
  public void close() {
    // see above
  }
}
