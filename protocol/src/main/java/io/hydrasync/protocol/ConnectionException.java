package io.hydrasync.protocol;

/** The connection could not be made, or broke, and what was tried to restore it did not help. */
public final class ConnectionException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   */
  public ConnectionException(ErrorCode code, String message) {
    super(code, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   * @param cause what led to it
   */
  public ConnectionException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
