package io.hydrasync.protocol;

/**
 * The peer sent what the protocol does not allow, or a local limit of the protocol was exceeded.
 */
public final class ProtocolException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   */
  public ProtocolException(ErrorCode code, String message) {
    super(code, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   * @param cause what led to it
   */
  public ProtocolException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
