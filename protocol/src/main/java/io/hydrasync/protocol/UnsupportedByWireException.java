package io.hydrasync.protocol;

/**
 * Something was asked for that the chosen {@link Wire} does not have. Nothing was done; ask for
 * less, or use {@link Wire#WIRE_2}.
 */
public final class UnsupportedByWireException extends HydraException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what is not there, and what to do
   */
  public UnsupportedByWireException(String message) {
    super(ErrorCode.UNSUPPORTED, message);
  }
}
