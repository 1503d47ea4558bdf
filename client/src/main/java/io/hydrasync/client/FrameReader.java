package io.hydrasync.client;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.Frames;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Cuts a socket's bytes into outer frames. The buffer begins at 64 KiB and grows, with the bytes
 * that have come and never with what a peer announces, to the largest frame. Not thread-safe.
 */
final class FrameReader {
  private static final int INITIAL = 64 << 10;

  private final InputStream in;
  private byte[] buffer;
  private int start;
  private int end;
  private int total;
  private long maxLen = Frames.MAX_LEN;

  /**
   * A reader.
   *
   * @param in the socket's stream
   * @param buffer from {@link #buffer()} of an earlier reader, or empty
   */
  FrameReader(InputStream in, byte[] buffer) {
    this.in = in;
    this.buffer = buffer.length == 0 ? new byte[INITIAL] : buffer;
  }

  void maxLen(int bytes) {
    maxLen = Integer.toUnsignedLong(bytes);
  }

  /**
   * Goes to the next frame. Blocks until it is whole.
   *
   * @return false at the end of the stream between two frames
   * @throws java.net.SocketTimeoutException if the socket's timeout ran out; nothing is lost, the
   *     call can be made again
   * @throws EOFException if the stream ends within a frame
   * @throws AuthenticationException CORRUPT if the length cannot be
   */
  boolean next() throws IOException {
    start += total;
    total = 0;
    while (true) {
      int held = end - start;
      if (held >= Frames.LEN_BYTES) {
        long len = Frames.u32(buffer, start);
        if (len == 0 || len > maxLen) {
          throw new AuthenticationException(
              ErrorCode.CORRUPT, "the relay sent a frame with the impossible length " + len);
        }
        int wanted = Frames.LEN_BYTES + (int) len;
        if (held >= wanted) {
          total = wanted;
          return true;
        }
        makeRoom(wanted);
      } else {
        makeRoom(Frames.PREFIX);
      }
      int n = in.read(buffer, end, buffer.length - end);
      if (n < 0) {
        if (end == start) {
          return false;
        }
        throw new EOFException("the connection ended within a frame");
      }
      end += n;
    }
  }

  private void makeRoom(int wanted) {
    if (start == end) {
      start = 0;
      end = 0;
    }
    if (start + wanted > buffer.length && start > 0) {
      System.arraycopy(buffer, start, buffer, 0, end - start);
      end -= start;
      start = 0;
    }
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, (int) Math.min(wanted, 2L * buffer.length));
    }
  }

  /** Whether {@link #next} would go to a whole frame without reading. */
  boolean isNextBuffered() {
    int at = start + total;
    int held = end - at;
    return held >= Frames.PREFIX && held - Frames.LEN_BYTES >= Frames.u32(buffer, at);
  }

  /** Type of the frame that {@link #next} would go to; only if it is buffered. */
  int nextType() {
    return buffer[start + total + Frames.TYPE_OFFSET] & 0xFF;
  }

  /** The frame's type. */
  int type() {
    return buffer[start + Frames.TYPE_OFFSET] & 0xFF;
  }

  /** Holds the frame, until the next call of {@link #next}. */
  byte[] buffer() {
    return buffer;
  }

  /** Where the frame begins, its length field included. */
  int offset() {
    return start;
  }

  /** Its length, the length field included. */
  int length() {
    return total;
  }
}
