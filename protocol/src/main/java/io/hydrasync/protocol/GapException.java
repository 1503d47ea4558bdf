package io.hydrasync.protocol;

/**
 * Frames of a stream were not delivered. The consumer stands behind the gap and can go on: the next
 * {@code receive()} delivers frame {@link #to()}.
 */
public final class GapException extends HydraException {
  private static final long serialVersionUID = 1L;

  /** Why frames are missing, and who says so. */
  public enum Kind {
    /** The relay said that it does not have them any more, or that it skipped them. */
    ANNOUNCED("the relay no longer had them, or skipped them"),
    /** They did not come, three times, and the relay said nothing. */
    UNANNOUNCED("they did not come, and the relay did not say why"),
    /** A frame came changed, three times. */
    CORRUPT("it was changed on its way"),
    /** The relay had lost them, and the producer no longer kept them. */
    PRODUCER("the relay lost them, and the producer no longer had them");

    private final String reason;

    Kind(String reason) {
      this.reason = reason;
    }
  }

  /** The stream's name. */
  private final long stream;

  /** Sequence of the first missing frame. */
  private final long from;

  /** Sequence behind the last missing frame. */
  private final long to;

  /** Why they are missing. */
  private final Kind kind;

  /**
   * Makes one.
   *
   * @param stream the stream's name: the epoch number of its first HEAD
   * @param from sequence of the first missing frame
   * @param to sequence behind the last missing frame
   * @param kind why they are missing
   */
  public GapException(long stream, long from, long to, Kind kind) {
    super(
        ErrorCode.GAP,
        "frames "
            + Long.toUnsignedString(from)
            + " to "
            + Long.toUnsignedString(to - 1)
            + " of stream "
            + Long.toUnsignedString(stream)
            + " are missing: "
            + kind.reason);
    this.stream = stream;
    this.from = from;
    this.to = to;
    this.kind = kind;
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

  /**
   * Why the frames are missing.
   *
   * @return the kind of the gap
   */
  public Kind kind() {
    return kind;
  }
}
