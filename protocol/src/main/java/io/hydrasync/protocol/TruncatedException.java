package io.hydrasync.protocol;

/**
 * A stream or the session stopped without the producer's authenticated end: what was delivered is a
 * correct beginning, not the whole. Which of the two it is decides what to do: behind a {@link
 * StreamTruncatedException} the next {@code receive()} goes on, behind a {@link
 * SessionTruncatedException} nothing comes any more.
 */
public abstract sealed class TruncatedException extends HydraException
    permits StreamTruncatedException, SessionTruncatedException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what happened, where, and what to do
   */
  TruncatedException(String message) {
    super(ErrorCode.TRUNCATED, message);
  }

  /**
   * Makes one with a cause.
   *
   * @param message what happened, where, and what to do
   * @param cause the last failure before the consumer gave up
   */
  TruncatedException(String message, Throwable cause) {
    super(ErrorCode.TRUNCATED, message, cause);
  }
}
