package io.hydrasync.protocol;

/**
 * The producer, consumer or connection was closed by this application, before the call or during
 * it. What was known of it stays readable.
 */
public final class ClosedException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what is closed
   */
  public ClosedException(String message) {
    super(ErrorCode.CLOSED, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param message what is closed
   * @param cause how that was noticed
   */
  public ClosedException(String message, Throwable cause) {
    super(ErrorCode.CLOSED, message, cause);
  }
}
