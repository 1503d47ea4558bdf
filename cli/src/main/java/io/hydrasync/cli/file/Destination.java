package io.hydrasync.cli.file;

import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.UnusableStreamException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalInt;

/**
 * Where the name of an output leads: to a regular file, or the place for one, which may be cut or
 * replaced; or to what can only be written to as it is, such as a pipe, a device, or a descriptor
 * that this process has got. Symbolic links are followed. Immutable.
 */
public sealed interface Destination {
  /** The name that stands for stdout; a file of that name is called {@code ./-}. */
  Path STDOUT = Path.of("-");

  int MOST_LINKS = 40;

  /** Opens what must not be replaced, perhaps waiting for a reader. */
  interface Opening {
    WritableByteChannel open() throws IOException;
  }

  /** How a file comes to hold something else. */
  enum Writing {
    /** It is cut and written where it is; only one that is new needs its directory. */
    CUT,
    /** Another file takes its name, for which the directory is written to as well. */
    REPLACED
  }

  /**
   * A regular file or none.
   *
   * @param name as it was given
   * @param target behind all links
   * @param exists whether it is there
   */
  record Replaceable(Path name, Path target, boolean exists) implements Destination {
    /**
     * Tells now what would fail later.
     *
     * @throws IOException if it cannot be written in this way
     */
    public void check(Writing writing) throws IOException {
      Path directory = target.getParent();
      if (directory == null || !Files.isDirectory(directory)) {
        throw new NoSuchFileException(name.toString());
      }
      if (exists && !Files.isWritable(target)) {
        throw new AccessDeniedException(name.toString());
      }
      if ((!exists || writing == Writing.REPLACED) && !Files.isWritable(directory)) {
        throw new AccessDeniedException(name + ": the directory that it is in");
      }
    }

    @Override
    public String toString() {
      return name.toString();
    }
  }

  /**
   * A pipe, a device, a descriptor.
   *
   * @param name for messages
   * @param standard whether it belongs to the process, which goes on with it
   */
  record Special(String name, boolean standard, Opening opening) implements Destination {
    /** Writes all of something that is small. */
    public void write(byte[] content) throws IOException {
      WritableByteChannel channel = opening.open();
      try {
        WholeFile.writeAll(channel, content);
      } catch (IOException e) {
        throw Failures.writing(name, e);
      } finally {
        if (!standard) {
          channel.close();
        }
      }
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * Looks where a name leads; opens nothing.
   *
   * @throws UnusableStreamException if that is stdout, and it is closed
   * @throws IOException if it is a directory, or cannot be told
   */
  static Destination of(Path name) throws IOException {
    OptionalInt descriptor = name.equals(STDOUT) ? OptionalInt.of(1) : OpenDescriptor.of(name);
    if (descriptor.isPresent()) {
      return of(descriptor.getAsInt(), name.toString());
    }
    Path target = target(name);
    BasicFileAttributes found;
    try {
      found = Files.readAttributes(target, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return new Replaceable(name, target, false);
    }
    if (found.isDirectory()) {
      throw new FileSystemException(name.toString(), null, "is a directory");
    }
    if (found.isRegularFile()) {
      return new Replaceable(name, target, true);
    }
    if (!Files.isWritable(target)) {
      throw new AccessDeniedException(name.toString());
    }
    return new Special(
        name.toString(), false, () -> FileChannel.open(target, StandardOpenOption.WRITE));
  }

  private static Destination of(int descriptor, String name) throws IOException {
    if (descriptor == StandardStream.STDOUT.ordinal()) {
      StandardStream.STDOUT.require();
      return standard(StandardStream.STDOUT);
    }
    return descriptor == StandardStream.STDERR.ordinal()
        ? standard(StandardStream.STDERR)
        : new Special(
            name, false, () -> OpenDescriptor.reopen(descriptor, name, StandardOpenOption.WRITE));
  }

  private static Special standard(StandardStream stream) {
    return new Special(
        stream.toString(), true, () -> new FileOutputStream(stream.descriptor()).getChannel());
  }

  private static Path target(Path name) throws IOException {
    if (name.toString().isEmpty()) {
      throw new IOException("the name of an output is empty");
    }
    Path target = name.toAbsolutePath();
    for (int i = 0; Files.isSymbolicLink(target); i++) {
      if (i == MOST_LINKS) {
        throw new FileSystemLoopException(name.toString());
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }
}
