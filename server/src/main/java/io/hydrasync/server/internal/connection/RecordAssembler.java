package io.hydrasync.server.internal.connection;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.wire.Frames;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Cuts the bytes of a client that may send nothing but SEALED frames, a consumer or one that has
 * not joined yet. Lengths and types are checked as soon as they are there; memory grows with the
 * bytes received. Not thread-safe.
 */
public final class RecordAssembler {
  private static final int INITIAL = 256;

  private final int maxFrame;
  private byte[] buffer = new byte[INITIAL];
  private int length;

  public RecordAssembler(int maxFrame) {
    this.maxFrame = maxFrame;
  }

  /** Takes bytes of a buffer until a frame is whole or the buffer is empty. */
  public boolean fill(ByteBuf in) {
    while (length < Frames.PREFIX && in.isReadable()) {
      buffer[length++] = in.readByte();
    }
    if (length < Frames.PREFIX) {
      if (length >= Frames.LEN_BYTES) {
        checkLength();
      }
      return false;
    }
    int total = Frames.LEN_BYTES + checkedSealedLength();
    int n = Math.min(total - length, in.readableBytes());
    if (length + n > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.min(total, Math.max(length + n, 2 * buffer.length)));
    }
    in.readBytes(buffer, length, n);
    length += n;
    return length == total;
  }

  private long checkLength() {
    long len = Frames.u32(buffer, 0);
    if (len == 0) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame of length 0");
    }
    if (len > maxFrame) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG, "a frame of " + len + " bytes, at most " + maxFrame + " allowed");
    }
    return len;
  }

  private int checkedSealedLength() {
    long len = checkLength();
    int type = buffer[Frames.TYPE_OFFSET] & 0xFF;
    if (type != Frames.SEALED) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL, "a frame of type 0x" + Integer.toHexString(type) + " in this place");
    }
    if (len < Frames.MIN_SEALED_LEN || len > Frames.MAX_SEALED_LEN) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a SEALED frame of " + len + " bytes");
    }
    return (int) len;
  }

  /** How much memory it takes for what has come and is not whole yet. */
  public int capacity() {
    return buffer.length;
  }

  /** The whole frame that {@link #fill} announced, up to {@link #length()}. */
  public byte[] bytes() {
    return buffer;
  }

  public int length() {
    return length;
  }

  /** The frame has been taken. */
  public void clear() {
    length = 0;
    if (buffer.length > INITIAL) {
      buffer = new byte[INITIAL];
    }
  }
}
