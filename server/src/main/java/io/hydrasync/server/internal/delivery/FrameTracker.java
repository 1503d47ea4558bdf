package io.hydrasync.server.internal.delivery;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.netty.buffer.ByteBuf;

/**
 * Follows the frames in bytes that pass by in pieces: whether they end between two frames, which
 * frame comes next, and whether one of a SIGNED epoch still waits for its CHECK. Not thread-safe.
 */
final class FrameTracker {
  private final byte[] header = new byte[Head.FLAGS_END];
  private int held;
  private long remaining;
  private final boolean opaque;
  private final int packetBytes;
  private long stream;
  private long nextSeq;
  private boolean signed;
  private boolean covered = true;

  /**
   * A tracker.
   *
   * @param opaque whether nothing but their length is known of the frames
   * @param packetBytes of each, where they do not tell their length; else 0
   */
  FrameTracker(boolean opaque, int packetBytes) {
    this.opaque = opaque;
    this.packetBytes = packetBytes;
  }

  /** Bytes of each packet, 0 where frames tell their length. */
  int packetBytes() {
    return packetBytes;
  }

  /** The next byte begins a frame of this place, or its HEAD. */
  void at(long streamName, long seq, boolean isSigned) {
    stream = streamName;
    nextSeq = seq;
    signed = isSigned;
    covered = true;
    held = 0;
    remaining = 0;
  }

  /** Whether the bytes so far end with a frame. */
  boolean isBetweenFrames() {
    return held == 0 && remaining == 0;
  }

  /** Bytes to the end of the frame, −1 while its length has not passed by. */
  long remaining() {
    return held > 0 && held < Frames.LEN_BYTES ? -1 : remaining;
  }

  /** Bytes that are missing of the length field of the frame that has begun. */
  int missingOfLength() {
    return Frames.LEN_BYTES - held;
  }

  /** Stream of the next frame, 0 before the first HEAD. */
  long stream() {
    return stream;
  }

  /** Sequence of the first frame that has not begun. */
  long nextSeq() {
    return nextSeq;
  }

  /** Whether no frame that has passed by still waits for its CHECK. */
  boolean isCovered() {
    return covered;
  }

  /** These bytes pass by. */
  void pass(ByteBuf bytes, int from, int length) {
    if (packetBytes > 0) {
      remaining = Math.floorMod(remaining - length, (long) packetBytes);
      return;
    }
    int at = from;
    int end = from + length;
    while (at < end) {
      at =
          held == 0 || remaining() < 0 || held < wanted() ? collect(bytes, at, end) : skip(at, end);
      if (held >= Frames.LEN_BYTES && remaining == 0) {
        finish();
      }
    }
  }

  /** How much of a frame's beginning is looked at. */
  private int wanted() {
    if (opaque) {
      return Frames.LEN_BYTES;
    }
    if (held <= Frames.TYPE_OFFSET) {
      return Frames.PREFIX;
    }
    int type = header[Frames.TYPE_OFFSET] & 0xFF;
    int most = type == Frames.HEAD ? Head.FLAGS_END : Frames.HEADER;
    return (int) Math.min(most, held + remaining);
  }

  private int collect(ByteBuf bytes, int at, int end) {
    int goal = held < Frames.LEN_BYTES ? Frames.LEN_BYTES : wanted();
    int n = Math.min(goal - held, end - at);
    bytes.getBytes(at, header, held, n);
    boolean hadLength = held >= Frames.LEN_BYTES;
    held += n;
    if (hadLength) {
      remaining -= n;
    } else if (held == Frames.LEN_BYTES) {
      remaining = Frames.u32(header, 0);
    }
    return at + n;
  }

  private int skip(int at, int end) {
    int n = (int) Math.min(remaining, end - at);
    remaining -= n;
    return at + n;
  }

  private void finish() {
    held = 0;
    if (opaque) {
      return;
    }
    int type = header[Frames.TYPE_OFFSET] & 0xFF;
    if (type == Frames.HEAD) {
      stream = Head.streamOf(header);
      nextSeq = Head.firstOf(header);
      signed = Head.isSigned(header);
      covered = true;
    } else {
      covered = !signed || type == Frames.CHECK;
      nextSeq = Frames.u64(header, Frames.SEQ_OFFSET) + 1;
    }
  }
}
