package io.hydrasync.protocol.wire.inner;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.noise.CipherState;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.Control;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.security.auth.Destroyable;
import org.jspecify.annotations.Nullable;

/**
 * Opens SEALED frames and cuts the inner stream, their plaintexts joined, into control messages. An
 * inner frame may span records; a record may hold many. Memory grows with the bytes received, to
 * one record beyond the limit of an inner frame at most. Not thread-safe.
 */
public final class SealedReader implements Destroyable {
  private static final int INITIAL = 512;

  private final CipherState cipher;
  private byte[] buffer = new byte[INITIAL];
  private int start;
  private int end;
  private int maxLen = Control.MAX_LEN_BEFORE_JOINED;
  private long records;

  /**
   * A reader behind a finished handshake, with the limits that hold before JOINED.
   *
   * @param cipher opens what the peer seals; owned by this reader from now on
   */
  public SealedReader(CipherState cipher) {
    this.cipher = cipher;
  }

  /**
   * Sets the limit of an inner frame.
   *
   * @param bytes largest {@code len}
   */
  public void limit(int bytes) {
    maxLen = bytes;
  }

  /**
   * How much memory this reader takes for what has come and is not whole yet.
   *
   * @return bytes
   */
  public int capacity() {
    return buffer.length;
  }

  /**
   * Opens one record.
   *
   * @param frame holds the transport message: what follows the outer frame's type
   * @param offset where it begins
   * @param length its length
   * @return false if its tag does not verify; the reader must not be used again then
   */
  public boolean open(byte[] frame, int offset, int length) {
    int plaintext = length - Frames.TAG;
    makeRoom(plaintext);
    if (!cipher.open(frame, offset, length, buffer, end)) {
      return false;
    }
    end += plaintext;
    if (++records % SealedWriter.REKEY_INTERVAL == 0) {
      cipher.rekey();
    }
    return true;
  }

  private void makeRoom(int needed) {
    if (end + needed <= buffer.length) {
      return;
    }
    int held = end - start;
    byte[] target = held + needed <= buffer.length ? buffer : new byte[grown(held + needed)];
    System.arraycopy(buffer, start, target, 0, held);
    buffer = target;
    start = 0;
    end = held;
  }

  /**
   * Doubles, up to one frame and one record. Whoever opens many records before taking messages out
   * goes beyond that, and doubles on: growing by single records would copy all that is held for
   * each.
   */
  private int grown(int least) {
    int usual = maxLen + Frames.MAX_SEALED_LEN - 1;
    return least <= usual
        ? Math.max(least, Math.min(2 * buffer.length, usual))
        : Math.max(least, 2 * buffer.length);
  }

  /**
   * Takes the next whole message out of the inner stream.
   *
   * @return the message, or null if more records are needed
   * @throws ProtocolException PROTOCOL if a frame is malformed or of an unknown type, TOO_BIG if it
   *     announces more than the limit
   */
  public @Nullable Control next() {
    int held = end - start;
    if (held < Frames.LEN_BYTES) {
      return null;
    }
    long len = Frames.u32(buffer, start);
    if (len == 0) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "an inner frame of length 0");
    }
    if (len > maxLen) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG, "an inner frame of " + len + " bytes, at most " + maxLen + " allowed");
    }
    if (held < Frames.LEN_BYTES + len) {
      return null;
    }
    int type = buffer[start + Frames.TYPE_OFFSET] & 0xFF;
    ByteBuffer body = ByteBuffer.wrap(buffer, start + Frames.PREFIX, (int) len - 1).slice();
    start += Frames.LEN_BYTES + (int) len;
    Control message = Control.read(type, body);
    if (start == end) {
      start = 0;
      end = 0;
      if (buffer.length > INITIAL) {
        buffer = Arrays.copyOf(buffer, INITIAL);
      }
    }
    return message;
  }

  /** Zeroes the key; nothing can be opened any more. */
  @Override
  public void destroy() {
    cipher.destroy();
    Arrays.fill(buffer, (byte) 0);
  }

  @Override
  public boolean isDestroyed() {
    return cipher.isDestroyed();
  }
}
