package io.hydrasync.tests.chaos;

import java.nio.ByteBuffer;

/**
 * One thing that a client was told, as it stands in its log. Times are {@link System#nanoTime},
 * which on Linux is one clock for all processes.
 *
 * @param kind what
 * @param incarnation the how manieth process of the session's producer it is about, from 0
 * @param nanos when
 * @param number of the message; the first frame of a gap; how many frames are acknowledged
 * @param stream of the frame
 * @param frame the message's; behind the last frame of a gap
 * @param sent when the producer handed the message over
 * @param sum CRC-32 of the message
 */
record Entry(
    Kind kind,
    int incarnation,
    long nanos,
    long number,
    long stream,
    long frame,
    long sent,
    long sum) {
  /** What a client can be told. */
  enum Kind {
    /** A producer has joined. */
    JOINED,
    /** A producer's message was taken. */
    TOOK,
    /** A producer was told how many frames have arrived. */
    ACKNOWLEDGED,
    /** A producer has ended its stream, and all of it has arrived. */
    CLOSED,
    /** A consumer got a message. */
    MESSAGE,
    /** A consumer was told of frames that will not come. */
    GAP,
    /** A consumer was told that a stream stopped, and another one follows. */
    TRUNCATED,
    /** A consumer got the producer's end. */
    END
  }

  private static final Kind[] KINDS = Kind.values();

  /** Bytes of each. */
  static final int LENGTH = 7 * Long.BYTES;

  static Entry of(Kind kind, int incarnation) {
    return of(kind, incarnation, 0, 0, 0);
  }

  static Entry of(Kind kind, int incarnation, long number, long stream, long frame) {
    return new Entry(kind, incarnation, System.nanoTime(), number, stream, frame, 0, 0);
  }

  void write(ByteBuffer out) {
    out.putLong((long) kind.ordinal() << Integer.SIZE | incarnation)
        .putLong(nanos)
        .putLong(number)
        .putLong(stream)
        .putLong(frame)
        .putLong(sent)
        .putLong(sum);
  }

  static Entry read(ByteBuffer in) {
    long first = in.getLong();
    return new Entry(
        KINDS[(int) (first >>> Integer.SIZE)],
        (int) first,
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getLong());
  }
}
