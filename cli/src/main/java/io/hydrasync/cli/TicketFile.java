package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a secret so that only its owner can read it, and nobody ever sees half of it. */
final class TicketFile {
  private TicketFile() {}

  /**
   * Makes or replaces {@code file}, mode 0600.
   *
   * @throws IOException if it cannot be written; then it is as it was
   */
  static void write(Path file, String text) throws IOException {
    try {
      replace(file, text);
    } catch (IOException e) {
      throw new IOException(
          "cannot write the ticket file " + file + " (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  /**
   * Makes {@code file}, mode 0600.
   *
   * @throws IOException if it exists, or cannot be written
   */
  static void create(Path file, String text) throws IOException {
    Path target = file.toAbsolutePath();
    try {
      Path temporary = Files.createTempFile(target.getParent(), ".hydra-key", ".tmp");
      try {
        Files.write(temporary, (text + "\n").getBytes(US_ASCII));
        Files.createLink(target, temporary); // unlike moving, it never replaces
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " exists already, and is left as it is; name another file", e);
    } catch (IOException e) {
      throw new IOException("cannot write " + file + " (" + e.getClass().getSimpleName() + ")", e);
    }
  }

  private static void replace(Path file, String text) throws IOException {
    Path target = file.toAbsolutePath();
    // a temporary file is made with mode 0600 where the file system knows modes
    Path temporary = Files.createTempFile(target.getParent(), ".hydra-ticket", ".tmp");
    try {
      Files.write(temporary, (text + "\n").getBytes(US_ASCII));
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
