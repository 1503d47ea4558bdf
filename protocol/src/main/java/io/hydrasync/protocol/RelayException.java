package io.hydrasync.protocol;

import io.hydrasync.protocol.check.Arguments;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The relay refused or closed the connection with an ERROR frame ({@code wire2.md} section 7), or
 * refused it with a status on the later classic wire.
 */
public final class RelayException extends HydraException {
  private static final long serialVersionUID = 1L;

  /** How long to wait, or null for never. */
  private final @Nullable Duration retryAfter;

  /**
   * The relay says that no other attempt will do.
   *
   * @param code the relay's code
   * @param message what happened, where, and what to do
   */
  public RelayException(ErrorCode code, String message) {
    super(code, message);
    retryAfter = null;
  }

  /**
   * The relay says when another attempt may do.
   *
   * @param code the relay's code
   * @param message what happened, where, and what to do
   * @param retryAfter how long to wait before it, 0 or more
   */
  public RelayException(ErrorCode code, String message, Duration retryAfter) {
    super(code, message);
    this.retryAfter = Arguments.time(retryAfter, "a time to wait");
  }

  /**
   * How long the relay asks to wait before another attempt.
   *
   * @return 0 or more; empty if no other attempt will do
   */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  @Override
  public boolean isRetryable() {
    return retryAfter != null;
  }
}
