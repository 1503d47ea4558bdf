package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.nio.ByteBuffer;

/**
 * An epoch that a log holds frames of: what its HEAD says, without the bytes, which are where
 * {@link Epochs} finds them. Confined to the log's owner loop, but for the final fields.
 */
public final class Epoch {
  /**
   * Bytes of heap that it takes at the most, with its fields, its slot in a queue that is half
   * empty, and references of 8 bytes.
   */
  static final int HEAP_BYTES = 192;

  public final Head.Fields head;

  /** Bytes of the HEAD. */
  final int headLength;

  private final long digest;

  /** Where the HEAD stands in the log. */
  final long position;

  /**
   * Sequence of its first frame in this log: the HEAD's {@code first}, or a later one where the log
   * began in the middle of it, as one that mirrors another relay's may.
   */
  final long begins;

  /** Sequence of the next frame of this epoch. */
  public long next;

  /** Position behind the epoch's last frame. */
  long end;

  /** Position up to which a consumer has been given its bytes, 0 while nobody has. */
  long takenUntil;

  /** Frames of this epoch below this sequence are not held any more. */
  long heldFrom;

  /**
   * From this sequence on a later epoch of the stream brings the frames again; found where it
   * matters.
   */
  long sentAgainFrom;

  /**
   * An epoch without frames.
   *
   * @param digest the first 8 bytes count
   */
  Epoch(Head.Fields head, int headLength, byte[] digest, long position) {
    this(head, headLength, digest, position, head.first());
  }

  /**
   * An epoch without frames.
   *
   * @param digest the first 8 bytes count
   * @param begins sequence of the first frame to come
   */
  Epoch(Head.Fields head, int headLength, byte[] digest, long position, long begins) {
    this.head = head;
    this.headLength = headLength;
    this.digest = Frames.u64(digest, 0);
    this.position = position;
    this.begins = begins;
    next = begins;
    heldFrom = begins;
    end = position + headLength;
  }

  /** The HEAD's name in ACK, 8 bytes. */
  public byte[] digest() {
    return ByteBuffer.allocate(Head.DIGEST_LENGTH).putLong(digest).array();
  }

  /**
   * Whether the log has not got its first frames. Who reads its HEAD has to be told so, each for
   * itself, so nobody is placed in front of that.
   */
  boolean beginsLate() {
    return begins != head.first();
  }

  /** Where the first frame behind the HEAD stands. */
  long firstFrame() {
    return position + headLength;
  }
}
