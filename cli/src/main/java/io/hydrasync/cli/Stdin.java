package io.hydrasync.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;

/** Stdin without a buffer; it stays open, for it belongs to the process. */
final class Stdin extends FileInputStream {
  Stdin() {
    super(FileDescriptor.in);
  }

  @Override
  public void close() {
    // see above
  }
}
