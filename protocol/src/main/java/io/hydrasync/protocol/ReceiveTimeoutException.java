package io.hydrasync.protocol;

/** Nothing came in the time that the caller gave. Nothing is lost: the call can be made again. */
public final class ReceiveTimeoutException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what was waited for, and for how long
   */
  public ReceiveTimeoutException(String message) {
    super(ErrorCode.TIMEOUT, message);
  }
}
