package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.wire.control.JoinMessage;

/**
 * Where a consumer begins that has no position ({@code wire2.md} section 4, "The beginning"). In
 * every stream it is due frame 0, and what lies before the first frame that comes is a loss; but in
 * its first stream somebody who asked for the oldest or the live messages is due less:
 *
 * <ol>
 *   <li>live, and a relay named a place when it was joined first: what comes from that place on.
 *       The place is what the relay says, so it is never stored and drops nothing;
 *   <li>else, where a relay said that nothing was there yet: what comes from the first HEAD on;
 *   <li>else, oldest: what comes from the first frame that opens.
 * </ol>
 *
 * <p>Not thread-safe, but for {@link #missedBefore()}.
 */
public final class Beginning {
  private static final long NOT_YET = -1;

  /** What somebody asked for. */
  public enum From {
    /** The first frame of the stream. */
    BEGINNING,
    /** The oldest frame that the relay has. */
    OLDEST,
    /** What is sent after joining. */
    LIVE
  }

  private final From start;
  private boolean empty;
  private long placeStream;
  private long placeSeq;
  private volatile long missedBefore;

  Beginning(From start) {
    this.start = start;
  }

  /** A relay has answered JOIN while there is no position: (0, 0) if it has no HEAD yet. */
  void joined(long stream, long seq) {
    if (hasPlace()) {
      return;
    }
    if (stream == 0 && seq == 0) {
      empty = true;
    } else if (start == From.LIVE && !empty) {
      placeStream = stream;
      placeSeq = seq;
    }
  }

  private boolean hasPlace() {
    return placeStream != 0;
  }

  /** What to ask a relay for while there is no position. */
  Request request() {
    if (hasPlace()) {
      return new Request(JoinMessage.START_AT, placeStream, placeSeq, 0);
    }
    boolean live = start == From.LIVE && !empty;
    return new Request(live ? JoinMessage.START_LIVE : JoinMessage.START_OLDEST, 0, 0, 0);
  }

  /**
   * The first HEAD of the first stream has verified.
   *
   * @param stream its stream
   * @param first the sequence of its first frame
   * @return the frame that is due from now on, or less than 0 if the first frame that opens decides
   */
  long atHead(long stream, long first) {
    if (start == From.BEGINNING || (hasPlace() && placeStream != stream)) {
      return 0;
    }
    if (empty) {
      missedBefore = first;
      return first;
    }
    return NOT_YET;
  }

  /**
   * The first frame has opened, and no HEAD has decided.
   *
   * @param seq its sequence
   * @return the frame that was due: not above {@code seq}
   */
  long atFrame(long seq) {
    long due = hasPlace() ? Math.min(placeSeq, seq) : seq;
    missedBefore = due;
    return due;
  }

  /** How many frames of the first stream came before what was asked for. From any thread. */
  long missedBefore() {
    return missedBefore;
  }

  /**
   * What JOIN asks for.
   *
   * @param start one of {@code JoinMessage.START_}
   * @param stream with START_AT: the stream, else 0
   * @param seq with START_AT: the first frame wanted, else 0
   * @param epoch of a position, 0 if none is known; a place that a relay has named is no position
   */
  public record Request(int start, long stream, long seq, long epoch) {
    /** Whether a place was asked for, and it is in this stream. */
    boolean isAt(long name) {
      return start == JoinMessage.START_AT && stream == name;
    }

    /** The JOIN that asks for this. */
    public JoinMessage in(JoinMessage join) {
      return start == JoinMessage.START_AT
          ? join.at(stream, seq).withEpoch(epoch)
          : join.from(start);
    }
  }
}
