package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.classic.ClassicCipher;
import io.hydrasync.protocol.wire.Frames;

/** Classic frames: a length, and what only clients understand. */
public final class ClassicFraming implements Framing {
  private final SessionLog log;
  private final int maxLen;

  public ClassicFraming(SessionLog log, int maxFrame) {
    this.log = log;
    maxLen = Math.min(maxFrame, ClassicCipher.MAX_LEN);
  }

  @Override
  public long check(LogReader reader, long at, long available) {
    long len = reader.u32(at);
    if (len == 0) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame of length 0");
    }
    if (len > maxLen) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG, "a frame of " + len + " bytes, at most " + maxLen + " allowed");
    }
    return Frames.LEN_BYTES + len;
  }

  @Override
  public boolean isRecord() {
    return false;
  }

  @Override
  public void add(LogReader reader, long at, long end, long position) {
    log.addOpaque(position);
  }
}
