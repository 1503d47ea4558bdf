package io.hydrasync.cli.file;

import io.hydrasync.cli.exit.UnusableStreamException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What send reads: a file or stdin. Read by one thread; {@link #isPartlyRead} is for any. */
public final class Input implements Closeable {
  private final InputStream in;
  private final OptionalLong size;
  private volatile boolean atEnd;

  private Input(InputStream in, FileChannel channel) {
    this.in = in;
    size = left(channel);
  }

  /**
   * Opens a file.
   *
   * @param file its name, - for stdin; one that leads to a descriptor of this process, such as
   *     /dev/stdin, is read from where that stands
   * @throws UnusableStreamException if that is stdin, and it is closed
   */
  public static Input open(String file) throws IOException {
    if (file.equals("-")) {
      return stdin();
    }
    Path path = Path.of(file);
    OptionalInt descriptor = OpenDescriptor.of(path);
    if (descriptor.isPresent() && descriptor.getAsInt() == StandardStream.STDIN.ordinal()) {
      return stdin();
    }
    if (Files.isDirectory(path)) {
      throw new FileSystemException(file, null, "is a directory");
    }
    FileChannel channel =
        descriptor.isPresent()
            ? OpenDescriptor.reopen(descriptor.getAsInt(), file, StandardOpenOption.READ)
            : FileChannel.open(path, StandardOpenOption.READ);
    return new Input(Channels.newInputStream(channel), channel);
  }

  private static Input stdin() throws IOException {
    Stdin in = new Stdin();
    return new Input(in, in.getChannel());
  }

  /** A pipe or a terminal has no position. */
  private static OptionalLong left(FileChannel channel) {
    try {
      long position = channel.position();
      long size = channel.size();
      return size > position ? OptionalLong.of(size - position) : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  public InputStream stream() {
    return in;
  }

  /** How many bytes it has, if it is a file of known size. */
  public OptionalLong size() {
    return size;
  }

  /** Everything has been read and sent. */
  public void finished() {
    atEnd = true;
  }

  /** Whether it has an end that has not been reached; a pipe ends wherever one stops. */
  public boolean isPartlyRead() {
    return size.isPresent() && !atEnd;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
