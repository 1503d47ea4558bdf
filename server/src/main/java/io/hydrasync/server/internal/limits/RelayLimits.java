package io.hydrasync.server.internal.limits;

import io.hydrasync.protocol.wire.Frames;

/**
 * The sizes and times of one relay, after the memory at hand has been taken into account.
 * Immutable.
 *
 * @param maxFrame largest {@code len} of a frame, announced in JOINED
 * @param retentionBytes what everybody has taken is kept that far back
 * @param capacityBytes how far the slowest consumer may lag before the policy acts
 * @param firstSegmentBytes size of a log's first segment
 * @param segmentBytes size of a log's later segments
 * @param windowBytes bytes handed to a consumer's socket ahead of the kernel
 * @param lingerNanos how long a session outlives its producer
 * @param handshakeNanos from accept to JOIN
 * @param idleNanos silence after which a connection is closed
 * @param stallNanos in which a consumer that others wait for must take 1 MiB
 * @param closingNanos how long a closed connection is still read, so that its ERROR arrives
 */
public record RelayLimits(
    int maxFrame,
    long retentionBytes,
    long capacityBytes,
    int firstSegmentBytes,
    int segmentBytes,
    int windowBytes,
    long lingerNanos,
    long handshakeNanos,
    long idleNanos,
    long stallNanos,
    long closingNanos) {
  /** What a consumer that others wait for must take within the stall timeout. */
  public static final long STALL_BYTES = 1 << 20;

  /** Largest number of bytes read from a producer at a time, for fairness among connections. */
  public static final int READ_BYTES = 256 << 10;

  /** Shrinks capacity and the largest frame to what the budget can hold. */
  public RelayLimits fit(long budgetBytes) {
    long capacity = Math.min(capacityBytes, budgetBytes);
    long frame = Math.min(maxFrame, capacity - 2L * segmentBytes - Frames.LEN_BYTES);
    if (frame < Frames.MIN_SEALED_LEN + Frames.MAX_SEALED_LEN && frame < maxFrame) {
      throw new IllegalArgumentException(
          "a capacity or memory budget of "
              + capacity
              + " bytes leaves no room for a frame beside two segments of "
              + segmentBytes
              + " bytes; give the relay more memory or smaller segments");
    }
    return new RelayLimits(
        (int) frame,
        Math.min(retentionBytes, capacity),
        capacity,
        Math.min(firstSegmentBytes, segmentBytes),
        segmentBytes,
        windowBytes,
        lingerNanos,
        handshakeNanos,
        idleNanos,
        stallNanos,
        closingNanos);
  }
}
