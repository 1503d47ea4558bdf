package io.hydrasync.cli.secret;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hydrasync.cli.exit.BrokenPipeException;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.file.Destination;
import io.hydrasync.cli.file.WholeFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * Writes a secret so that only its owner can read it, and nobody ever sees half of it. It is on the
 * disk when a call returns.
 */
public final class TicketFile {
  private TicketFile() {}

  /**
   * Makes or replaces {@code file}, mode 0600, behind symbolic links. What is no regular file, such
   * as a pipe or a terminal, is written to as it is; {@code -} is stdout.
   *
   * @throws IOException if it cannot be written; a regular file is as it was then
   */
  public static void write(Path file, String text) throws IOException {
    write(file, text, true);
  }

  /**
   * As {@link #write}, but replaces nothing.
   *
   * @throws IOException if it exists, or cannot be written
   */
  public static void writeNew(Path file, String text) throws IOException {
    write(file, text, false);
  }

  private static void write(Path file, String text, boolean replaces) throws IOException {
    try {
      Destination destination = Destination.of(file);
      if (destination instanceof Destination.Replaceable regular) {
        if (!replaces && regular.exists()) {
          throw new FileAlreadyExistsException(file.toString());
        }
        regular.check(Destination.Writing.REPLACED);
        if (replaces) {
          WholeFile.replace(regular.target(), bytes(text));
        } else {
          WholeFile.create(regular.target(), bytes(text));
        }
      } else {
        ((Destination.Special) destination).write(bytes(text));
      }
    } catch (UnusableStreamException | BrokenPipeException e) {
      throw e;
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          file + " exists already, and is left as it is; name another file, or --force", e);
    } catch (IOException e) {
      throw new IOException("cannot write the ticket file " + file + reason(file, e), e);
    }
  }

  /**
   * Makes {@code file}, mode 0600.
   *
   * @throws IOException if it exists, or cannot be written
   */
  public static void create(Path file, String text) throws IOException {
    try {
      if (!(Destination.of(file) instanceof Destination.Replaceable regular)) {
        throw new IOException(file + " is no regular file, and a key needs one; name another file");
      }
      if (regular.exists()) {
        throw new FileAlreadyExistsException(file.toString());
      }
      regular.check(Destination.Writing.REPLACED);
      WholeFile.create(regular.target(), bytes(text));
    } catch (FileAlreadyExistsException e) {
      throw new IOException(file + " exists already, and is left as it is; name another file", e);
    } catch (FileSystemException e) {
      throw new IOException("cannot write " + file + reason(file, e), e);
    }
  }

  /** Behind the name. */
  private static String reason(Path file, IOException problem) {
    String what = Failures.describe(problem);
    int after = what.lastIndexOf(file + ": ");
    return " (" + (after < 0 ? what : what.substring(after + file.toString().length() + 2)) + ")";
  }

  private static byte[] bytes(String text) {
    return (text + "\n").getBytes(US_ASCII);
  }
}
