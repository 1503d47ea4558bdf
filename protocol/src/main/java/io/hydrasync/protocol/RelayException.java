package io.hydrasync.protocol;

/** The relay refused or closed the connection with an ERROR frame ({@code wire2.md} section 7). */
public final class RelayException extends HydraException {
  private static final long serialVersionUID = 1L;

  /** Milliseconds to wait, or never. */
  private final long retryMs;

  /**
   * Makes one.
   *
   * @param code the relay's code
   * @param message what happened, where, and what to do
   * @param retryMs milliseconds to wait before another attempt, or {@link ErrorCode#NEVER}
   */
  public RelayException(ErrorCode code, String message, long retryMs) {
    super(code, message);
    this.retryMs = retryMs;
  }

  /**
   * How long the relay asks to wait before another attempt.
   *
   * @return milliseconds, or {@link ErrorCode#NEVER}
   */
  public long retryMs() {
    return retryMs;
  }

  @Override
  public boolean isRetryable() {
    return retryMs != ErrorCode.NEVER;
  }
}
