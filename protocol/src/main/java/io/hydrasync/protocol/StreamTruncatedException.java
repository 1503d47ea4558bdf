package io.hydrasync.protocol;

/**
 * A stream stopped without its producer's authenticated end, and the session goes on: the next
 * {@code receive()} delivers what follows, which is another stream, or a later epoch where one
 * could not be opened. The consumer's position stands behind the truncated stream.
 */
public final class StreamTruncatedException extends TruncatedException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what happened, where, and what to do
   */
  public StreamTruncatedException(String message) {
    super(message);
  }

  /**
   * Makes one with a cause.
   *
   * @param message what happened, where, and what to do
   * @param cause what led to it
   */
  public StreamTruncatedException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * The next call goes on.
   *
   * @return true
   */
  @Override
  public boolean isRetryable() {
    return true;
  }
}
