package io.hydrasync.protocol;

/**
 * The thread was interrupted in a call that would have waited. Its interrupt flag is set. Nothing
 * is lost: what the call was to take or to send it has not, and it can be made again once the flag
 * is clear.
 */
public final class InterruptedOperationException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what was interrupted
   */
  public InterruptedOperationException(String message) {
    super(ErrorCode.INTERRUPTED, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param message what was interrupted
   * @param cause how that was noticed
   */
  public InterruptedOperationException(String message, Throwable cause) {
    super(ErrorCode.INTERRUPTED, message, cause);
  }
}
