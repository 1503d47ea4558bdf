package io.hydrasync.protocol;

/**
 * The stream stopped without the producer's authenticated end: what was delivered is a correct
 * beginning, not the whole.
 */
public final class TruncatedException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what happened, where, and what to do
   */
  public TruncatedException(String message) {
    super(ErrorCode.TRUNCATED, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param message what happened, where, and what to do
   * @param cause the last failure before the consumer gave up
   */
  public TruncatedException(String message, Throwable cause) {
    super(ErrorCode.TRUNCATED, message, cause);
  }
}
