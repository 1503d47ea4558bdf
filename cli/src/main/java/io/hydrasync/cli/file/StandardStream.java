package io.hydrasync.cli.file;

import io.hydrasync.cli.exit.UnusableStreamException;
import java.io.FileDescriptor;
import java.util.Locale;

/**
 * What a process is given to read from and to write to. The launchers open one that is closed on
 * {@code /dev/null}, since a file of the JVM's own would take its place, and say which they were.
 * Thread-safe.
 */
public enum StandardStream {
  /** Descriptor 0. */
  STDIN(FileDescriptor.in),
  /** Descriptor 1. */
  STDOUT(FileDescriptor.out),
  /** Descriptor 2. */
  STDERR(FileDescriptor.err);

  /** Set by the launchers: the numbers of those that were closed. */
  private static final String CLOSED = "hydra.closed";

  private final FileDescriptor descriptor;

  StandardStream(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  public FileDescriptor descriptor() {
    return descriptor;
  }

  /** Whether the process was started without it. */
  public boolean isClosed() {
    String closed = System.getProperty(CLOSED);
    return closed == null
        ? OpenDescriptor.isOfJvm(ordinal()) // started without a launcher
        : closed.contains(Integer.toString(ordinal()));
  }

  /**
   * To be called before a command does anything, where it cannot do without this.
   *
   * @throws UnusableStreamException if it is closed, or open the wrong way round
   */
  public void require() throws UnusableStreamException {
    if (isClosed()) {
      throw new UnusableStreamException(this + " is closed");
    }
    OpenDescriptor.Mode mode = OpenDescriptor.mode(ordinal());
    if (mode == (this == STDIN ? OpenDescriptor.Mode.WRITE : OpenDescriptor.Mode.READ)) {
      throw new UnusableStreamException(
          this + " is not open for " + (this == STDIN ? "reading" : "writing"));
    }
  }

  /** As users call it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
