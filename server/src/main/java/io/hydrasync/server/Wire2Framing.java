package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.util.function.Consumer;

/**
 * The frames of wire 2: all that can be checked without a key ({@code wire2.md} sections 2 and 6,
 * "Relay").
 */
final class Wire2Framing implements Framing {
  private final SessionLog log;
  private final SessionId session;
  private final int maxFrame;
  private final int maxHead;
  private final Consumer<Head> epochCheck;
  private boolean headDue;

  /** Of the frame checked last. */
  private int type;

  /**
   * The frames of one producer's connection.
   *
   * @param headDue whether a HEAD must come first, because the producer does not go on with the
   *     epoch that is there
   * @param epochCheck throws {@link ProtocolException} for a HEAD that may not follow here
   */
  Wire2Framing(
      SessionLog log, SessionId session, int maxFrame, boolean headDue, Consumer<Head> epochCheck) {
    this.log = log;
    this.session = session;
    this.maxFrame = maxFrame;
    this.headDue = headDue;
    this.epochCheck = epochCheck;
    maxHead = Head.maxLength(session.isOwned()) - Frames.LEN_BYTES;
  }

  @Override
  public long check(LogReader reader, long at, long available) {
    long len = reader.u32(at);
    if (len == 0) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame of length 0");
    }
    if (len > maxFrame) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG, "a frame of " + len + " bytes, at most " + maxFrame + " allowed");
    }
    if (available < Frames.PREFIX) {
      return Frames.PREFIX;
    }
    type = reader.u8(at + Frames.TYPE_OFFSET);
    checkLength(len);
    if (Frames.isRelayed(type) && type != Frames.HEAD) {
      if (available < Frames.HEADER) {
        return Frames.HEADER;
      }
      checkSequence(reader.u64(at + Frames.SEQ_OFFSET));
    }
    return Frames.LEN_BYTES + len;
  }

  private void checkLength(long len) {
    boolean fits =
        switch (type) {
          case Frames.SEALED -> len >= Frames.MIN_SEALED_LEN && len <= Frames.MAX_SEALED_LEN;
          case Frames.HEAD -> len <= maxHead;
          case Frames.DATA, Frames.BATCH, Frames.TICK, Frames.END, Frames.CHECK ->
              len >= Frames.MIN_RELAYED_LEN;
          default ->
              throw new ProtocolException(
                  ErrorCode.PROTOCOL,
                  "a frame of type 0x" + Integer.toHexString(type) + " from a producer");
        };
    if (!fits) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL,
          "a frame of type 0x" + Integer.toHexString(type) + " with length " + len);
    }
  }

  private void checkSequence(long seq) {
    Epoch epoch = log.lastEpoch();
    if (epoch == null || headDue) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame before the HEAD");
    }
    if (seq != epoch.next || seq >= Frames.SEQ_LIMIT) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL, "frame " + seq + " where frame " + epoch.next + " is due");
    }
  }

  @Override
  public boolean isRecord() {
    return type == Frames.SEALED;
  }

  @Override
  public void add(LogReader reader, long at, long end, long position) {
    if (type == Frames.HEAD) {
      addEpoch(reader.copy(at, (int) (end - at)), position);
    } else {
      log.addFrame(position, type, position + (end - at));
    }
  }

  private void addEpoch(byte[] frame, long position) {
    Head head = Head.parse(frame, session);
    epochCheck.accept(head);
    if (log.epochCount() >= SessionLog.MAX_EPOCHS) {
      throw new ProtocolException(ErrorCode.LIMIT, "too many epochs at a time");
    }
    log.addEpoch(new Epoch(head, position));
    headDue = false;
  }
}
