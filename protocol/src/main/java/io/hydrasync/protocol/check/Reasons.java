package io.hydrasync.protocol.check;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;

/**
 * What a failure is called in front of a user: what the JDK says, or what it means where the JDK
 * says no more than the class of the exception does. Never the name of a class. Stateless.
 */
public final class Reasons {
  /** What a file that the operating system gives nobody is said to be. */
  public static final String DENIED = "permission denied";

  private static final String OURS = "io.hydrasync.";

  private Reasons() {}

  /**
   * Why something has failed.
   *
   * @param problem whatever was thrown
   * @return as {@link #of(IOException)}, or the message where it is one of ours
   */
  public static String of(Throwable problem) {
    if (problem instanceof IOException io) {
      return of(io);
    }
    String message = problem.getMessage();
    if (problem instanceof OutOfMemoryError) {
      return "out of memory" + (message == null ? "" : ": " + message);
    }
    boolean ours =
        problem.getClass().getPackageName().startsWith(OURS)
            || problem instanceof IllegalArgumentException
            || problem instanceof IllegalStateException
            || problem instanceof UncheckedIOException;
    return ours && message != null ? message : "a fault in this program";
  }

  /**
   * What has failed and why.
   *
   * @param problem from the JDK, or of our own
   * @return {@code FILE: reason} where the exception names a file, else the reason
   */
  public static String of(IOException problem) {
    String message = problem.getMessage();
    String meaning = meaning(problem);
    if (problem instanceof UnknownHostException) {
      return message == null ? meaning : "unknown host " + message;
    }
    if (problem instanceof FileSystemException e && e.getFile() != null) {
      String reason = e.getReason() == null || !meaning.isEmpty() ? meaning : e.getReason();
      String other = e.getOtherFile() == null ? "" : " -> " + e.getOtherFile();
      return e.getFile() + other + ": " + (reason.isEmpty() ? "input/output error" : reason);
    }
    if (message == null || problem instanceof CharacterCodingException) {
      return meaning.isEmpty() ? "input/output error" : meaning;
    }
    return message;
  }

  /**
   * The same, beginning with a file that the exception may not name, as where a disk is full.
   *
   * @param file what was read or written
   * @param problem why that could not be
   * @return the file, and what went wrong
   */
  public static String of(Path file, IOException problem) {
    String what = of(problem);
    return what.contains(file.toString()) ? what : file + ": " + what;
  }

  private static String meaning(IOException problem) {
    if (problem instanceof FileSystemLoopException) {
      return "too many symbolic links";
    }
    if (problem instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (problem instanceof AccessDeniedException) {
      return DENIED;
    }
    if (problem instanceof FileAlreadyExistsException) {
      return "exists already";
    }
    if (problem instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    }
    if (problem instanceof NotDirectoryException) {
      return "is not a directory";
    }
    if (problem instanceof NotLinkException) {
      return "is not a symbolic link";
    }
    if (problem instanceof UnknownHostException) {
      return "unknown host";
    }
    if (problem instanceof EOFException) {
      return "it ends too early";
    }
    if (problem instanceof CharacterCodingException) {
      return "not UTF-8";
    }
    return problem instanceof ClosedChannelException ? "it is closed" : "";
  }
}
