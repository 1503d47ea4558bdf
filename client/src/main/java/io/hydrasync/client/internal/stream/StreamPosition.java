package io.hydrasync.client.internal.stream;

import io.hydrasync.protocol.wire.Frames;
import java.util.Arrays;

/**
 * How far a consumer has come. Immutable.
 *
 * @param stream the stream's name, more than 0
 * @param next sequence of the first frame of which not everything has been delivered
 * @param delivered how many of its messages have been
 * @param end whether the stream's end has been delivered
 * @param epoch the newest epoch that has been seen, 0 if not known
 * @param transcript T of that epoch's HEAD, not to be changed; none if not known
 */
public record StreamPosition(
    long stream, long next, int delivered, StreamEnd end, long epoch, byte[] transcript) {
  public StreamPosition {
    if (stream <= 0 || next < 0 || next > Frames.SEQ_LIMIT || delivered < 0 || epoch < 0) {
      throw new IllegalArgumentException("a position with a number out of range");
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StreamPosition that
        && stream == that.stream
        && next == that.next
        && delivered == that.delivered
        && end == that.end
        && epoch == that.epoch
        && Arrays.equals(transcript, that.transcript);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(stream) * 31 + Long.hashCode(next) * 31 + delivered;
  }
}
