package io.hydrasync.protocol;

/**
 * Something did not verify: the relay's key, the session key, a signature, a tag, an epoch or an
 * order. Nothing that failed to verify has been delivered.
 */
public final class AuthenticationException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   */
  public AuthenticationException(ErrorCode code, String message) {
    super(code, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   * @param cause what led to it
   */
  public AuthenticationException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
