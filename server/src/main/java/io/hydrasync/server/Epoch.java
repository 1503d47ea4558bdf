package io.hydrasync.server;

import io.hydrasync.protocol.wire.Head;

/**
 * An epoch that a log holds frames of. Confined to the log's owner loop, but for the final fields.
 */
final class Epoch {
  final Head head;

  /** The whole HEAD frame, for consumers that begin behind it. Not to be changed. */
  final byte[] frame;

  /** The HEAD's name in ACK. Not to be changed. */
  final byte[] digest;

  /** Where the HEAD stands in the log. */
  final long position;

  /** Sequence of the next frame of this epoch. */
  long next;

  /** Position behind the epoch's last frame. */
  long end;

  /** Position up to which a consumer has been given its bytes, 0 while nobody has. */
  long takenUntil;

  /** Frames of this epoch below this sequence are not held any more. */
  long heldFrom;

  /** From this sequence on a later epoch of the stream brings the frames again. */
  long sentAgainFrom = Long.MAX_VALUE;

  Epoch(Head head, long position) {
    this.head = head;
    frame = head.toBytes();
    digest = head.digest();
    this.position = position;
    next = head.first();
    heldFrom = next;
    end = position + frame.length;
  }

  /** Where the first frame behind the HEAD stands. */
  long firstFrame() {
    return position + frame.length;
  }
}
