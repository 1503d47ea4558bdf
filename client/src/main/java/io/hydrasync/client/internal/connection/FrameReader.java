package io.hydrasync.client.internal.connection;

import io.hydrasync.client.internal.stream.HeapShare;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.wire.Frames;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;

/**
 * Cuts a socket's bytes into outer frames, by the length in front of each or by one that all have.
 * The buffer begins at 64 KiB and grows, with the bytes that have come and never with what a peer
 * announces, to the largest frame. Not thread-safe.
 */
public final class FrameReader {
  private static final int INITIAL = 64 << 10;

  /** What is around a message, on either wire, and a little more. */
  private static final int FRAMING = 64;

  private final InputStream in;
  private byte[] buffer = new byte[INITIAL];
  private int start;
  private int end;
  private int total;

  /** What every frame has, length field and all; 0 = its length field says it. */
  private int fixedLength;

  private long maxLen = Frames.MAX_LEN;
  private long lastReadNanos = System.nanoTime();
  private volatile boolean reading;
  private volatile int reads;

  /**
   * A reader. Its buffer is its own, never that of an earlier connection: an attempt that nobody
   * waits for any more may still be reading.
   *
   * @param in the socket's stream
   */
  public FrameReader(InputStream in) {
    this.in = in;
  }

  /**
   * Sets the largest {@code len}, as far as the wire permits: what a relay says is not believed
   * beyond that.
   *
   * @param bytes a u32
   */
  public void maxLen(int bytes) {
    maxLen = Math.min(Integer.toUnsignedLong(bytes), Frames.MAX_LEN);
  }

  /**
   * From here on frames have no length field: each has as many bytes.
   *
   * @param bytes 1 or more
   */
  public void fixedLength(int bytes) {
    fixedLength = bytes;
  }

  /**
   * Goes to the next frame. Blocks until it is whole, or something has come for as long as {@code
   * timeoutMs} without making it whole: a peer that sends byte by byte does not hold the caller.
   *
   * @param timeoutMs how long; the socket's own timeout is the same, or there is a watchdog. 0 =
   *     forever
   * @return false at the end of the stream between two frames
   * @throws SocketTimeoutException if a timeout ran out, after twice its time at most; nothing is
   *     lost, the call can be made again
   * @throws InterruptedIOException if the thread is interrupted and would have to wait; nothing is
   *     lost, the call can be made again
   * @throws EOFException if the stream ends within a frame
   * @throws AuthenticationException CORRUPT if the length cannot be
   * @throws io.hydrasync.protocol.ProtocolException TOO_BIG if this JVM's heap cannot hold the
   *     frame; nothing of it is lost
   */
  public boolean next(int timeoutMs) throws IOException {
    start += total;
    total = 0;
    if (isWhole()) {
      return true;
    }
    long began = System.nanoTime();
    while (read()) {
      if (isWhole()) {
        return true;
      }
      if (timeoutMs > 0 && lastReadNanos - began >= TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
        throw new SocketTimeoutException("a frame that does not end");
      }
    }
    return false;
  }

  /** Whether the next frame is here; if not, there is room for more of it. */
  private boolean isWhole() {
    int held = end - start;
    if (fixedLength == 0 && held < Frames.LEN_BYTES) {
      makeRoom(Frames.PREFIX);
      return false;
    }
    int wanted = fixedLength == 0 ? announced() : fixedLength;
    if (wanted - FRAMING > HeapShare.OF_THIS_JVM.largestMessage()) {
      throw HeapShare.OF_THIS_JVM.tooBig("the next message, in a frame", wanted, null);
    }
    if (held < wanted) {
      makeRoom(wanted);
      return false;
    }
    total = wanted;
    return true;
  }

  /** What the length field says, and its own bytes. */
  private int announced() {
    long len = Frames.u32(buffer, start);
    if (len == 0 || len > maxLen) {
      throw new AuthenticationException(
          ErrorCode.CORRUPT, "the relay sent a frame with the impossible length " + len);
    }
    return Frames.LEN_BYTES + (int) len;
  }

  /** Reads what there is; false at the end between two frames. */
  private boolean read() throws IOException {
    int n;
    if (Thread.currentThread().isInterrupted() && in.available() == 0) {
      throw new InterruptedIOException("interrupted before waiting");
    }
    reading = true;
    try {
      n = in.read(buffer, end, buffer.length - end);
    } finally {
      reading = false;
      reads++;
    }
    if (n >= 0) {
      end += n;
      lastReadNanos = System.nanoTime();
      return true;
    }
    if (end == start) {
      return false;
    }
    throw new EOFException("the connection ended within a frame");
  }

  /** Whether a thread waits for bytes at this moment. From any thread. */
  boolean isReading() {
    return reading;
  }

  /** How often a thread has waited for bytes, modulo 2^32. From any thread. */
  int reads() {
    return reads;
  }

  /** When the last byte came. For the thread that reads. */
  long lastReadNanos() {
    return lastReadNanos;
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
      byte[] grown =
          HeapShare.OF_THIS_JVM.array(
              "the next message, in a frame", (int) Math.min(wanted, 2L * buffer.length));
      System.arraycopy(buffer, start, grown, 0, end - start);
      end -= start;
      start = 0;
      buffer = grown;
    }
  }

  /** Whether {@link #next(int)} would go to a whole frame without reading. */
  public boolean isNextBuffered() {
    int at = start + total;
    int held = end - at;
    if (fixedLength > 0) {
      return held >= fixedLength;
    }
    return held >= Frames.PREFIX && held - Frames.LEN_BYTES >= Frames.u32(buffer, at);
  }

  /** Type of the frame that {@link #next(int)} would go to; only if it is buffered. */
  int nextType() {
    return buffer[start + total + Frames.TYPE_OFFSET] & 0xFF;
  }

  /** The frame's type. */
  public int type() {
    return buffer[start + Frames.TYPE_OFFSET] & 0xFF;
  }

  /** Holds the frame, until the next call of {@link #next(int)}. */
  public byte[] buffer() {
    return buffer;
  }

  /** Where the frame begins, its length field included. */
  public int offset() {
    return start;
  }

  /** Its length, the length field included. */
  public int length() {
    return total;
  }
}
