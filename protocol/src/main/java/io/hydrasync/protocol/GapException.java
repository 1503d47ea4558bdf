package io.hydrasync.protocol;

/**
 * Frames of a stream were not delivered. The consumer stands behind the gap and can go on: the next
 * {@code receive()} delivers frame {@link #to()}.
 */
public final class GapException extends HydraException {
  private static final long serialVersionUID = 1L;

  /** The stream's name. */
  private final long stream;

  /** Sequence of the first missing frame. */
  private final long from;

  /** Sequence behind the last missing frame. */
  private final long to;

  /**
   * Makes one.
   *
   * @param stream the stream's name: the epoch number of its first HEAD
   * @param from sequence of the first missing frame
   * @param to sequence behind the last missing frame
   * @param reason why they are missing
   */
  public GapException(long stream, long from, long to, String reason) {
    super(
        ErrorCode.GAP,
        "frames "
            + Long.toUnsignedString(from)
            + " to "
            + Long.toUnsignedString(to - 1)
            + " of stream "
            + Long.toUnsignedString(stream)
            + " are missing: "
            + reason);
    this.stream = stream;
    this.from = from;
    this.to = to;
  }

  /**
   * The stream that has the gap.
   *
   * @return the epoch number of the stream's first HEAD, milliseconds since 1970
   */
  public long stream() {
    return stream;
  }

  /**
   * Where the gap begins.
   *
   * @return sequence of the first missing frame
   */
  public long from() {
    return from;
  }

  /**
   * Where the gap ends.
   *
   * @return sequence behind the last missing frame
   */
  public long to() {
    return to;
  }
}
