package io.hydrasync.protocol;

/**
 * The session is over, or cannot be reached any more, and its producer's authenticated end has not
 * come. Final: the consumer throws it again at each call. Its position stays where it is, so that
 * another consumer can go on there if the session comes back.
 */
public final class SessionTruncatedException extends TruncatedException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what happened, where, and what to do
   */
  public SessionTruncatedException(String message) {
    super(message);
  }

  /**
   * Makes one with a cause.
   *
   * @param message what happened, where, and what to do
   * @param cause what led to it
   */
  public SessionTruncatedException(String message, Throwable cause) {
    super(message, cause);
  }
}
