package io.hydrasync.protocol;

/**
 * Everything that can go wrong on a connection or in a stream. Unchecked. The message says what
 * happened, where, and what to do; it never holds a key, a ticket or payload.
 *
 * <p>Wrong arguments are not among these: they are {@link IllegalArgumentException}s. Each type and
 * code, when it comes, what state it leaves and what to do about it, is in {@code
 * docs/reference/errors.md}.
 */
public abstract sealed class HydraException extends RuntimeException
    permits AuthenticationException,
        ClosedException,
        ConnectionException,
        GapException,
        InterruptedOperationException,
        ProtocolException,
        RelayException,
        ReceiveTimeoutException,
        TruncatedException,
        UnsupportedByWireException {
  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  private final ErrorCode code;

  /**
   * Makes an exception without a cause.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   */
  HydraException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  /**
   * Makes an exception with a cause.
   *
   * @param code what went wrong
   * @param message what happened, where, and what to do
   * @param cause what led to it
   */
  HydraException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /**
   * What went wrong.
   *
   * @return the code
   */
  public final ErrorCode code() {
    return code;
  }

  /**
   * Whether another attempt with the same arguments can succeed: the same call again where the
   * producer or consumer can still be used, and otherwise a new one of it.
   *
   * @return false for errors that will come again, such as a wrong relay key
   */
  public boolean isRetryable() {
    return code.isTransient();
  }
}
