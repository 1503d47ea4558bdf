package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;

/** A request to the directory that has failed: what that means is its {@link #kind()}. */
public final class DirectoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What it means. */
  private final Kind kind;

  /** What a failure means to who asked. */
  public enum Kind {
    /**
     * No answer, or none that tells. A write may have been done, or may still be done later: read
     * again. It passes by itself.
     */
    UNREACHABLE,
    /**
     * Nothing was written: the directory is full, or refuses writes for another such reason. Reads
     * and deletes go on. It does not pass until somebody repairs it.
     */
    NOT_WRITABLE,
    /**
     * Nothing was done: no right, a wrong password, or something in the configuration. It does not
     * pass until somebody changes that.
     */
    REFUSED,
    /** The directory has been closed. A write that was on its way may have been done. */
    CLOSED
  }

  /**
   * A failure.
   *
   * @param kind what it means
   * @param message for people
   */
  public DirectoryException(Kind kind, String message) {
    super(message);
    this.kind = Arguments.given(kind, "a kind");
  }

  /**
   * A failure with its cause.
   *
   * @param kind what it means
   * @param message for people
   * @param cause what it came from
   */
  public DirectoryException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = Arguments.given(kind, "a kind");
  }

  /**
   * What it means.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }
}
