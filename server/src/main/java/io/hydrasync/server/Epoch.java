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

  Epoch(Head head, long position) {
    this.head = head;
    frame = head.toBytes();
    digest = head.digest();
    this.position = position;
    next = head.first();
    end = position + frame.length;
  }

  /** Where the first frame behind the HEAD stands. */
  long firstFrame() {
    return position + frame.length;
  }
}
