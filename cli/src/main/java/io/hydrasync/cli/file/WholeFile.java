package io.hydrasync.cli.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * Small files that are there as a whole or not at all, whatever ends the process or the machine
 * meanwhile: what is to be in one is on the disk before the file has its name. Readable by their
 * owner only, where the file system knows modes.
 */
public final class WholeFile {
  private WholeFile() {}

  /**
   * Makes or replaces a file.
   *
   * @throws IOException if it cannot be written; then it is as it was
   */
  public static void replace(Path target, byte[] content) throws IOException {
    put(
        target,
        content,
        temporary ->
            Files.move(
                temporary,
                target,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING));
  }

  /**
   * Makes a file.
   *
   * @throws FileAlreadyExistsException if it is there; it stays as it is
   * @throws IOException if it cannot be written
   */
  public static void create(Path target, byte[] content) throws IOException {
    put(target, content, temporary -> Files.createLink(target, temporary)); // never replaces
  }

  /** Gives a file its name. */
  private interface Naming {
    void name(Path temporary) throws IOException;
  }

  private static void put(Path target, byte[] content, Naming naming) throws IOException {
    Path directory = Objects.requireNonNull(target.toAbsolutePath().getParent(), "a directory");
    Path temporary = Files.createTempFile(directory, ".hydra-", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        writeAll(channel, content);
        channel.force(true);
      }
      naming.name(temporary);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) { // a disk that is full does not say for which file
      throw new FileSystemException(target.toString(), null, e.getMessage());
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncDirectory(target);
  }

  public static void writeAll(WritableByteChannel channel, byte[] content) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** So that the name survives as well; not every system lets a directory be opened. */
  public static void syncDirectory(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // the file is whole in any case
    }
  }
}
