package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.crypto.Hashes;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The frames of wire 2: all that can be checked without a key ({@code wire2.md} sections 2 and 6,
 * "Relay").
 */
final class Wire2Framing implements Framing {
  private final SessionLog log;
  private final SessionId session;
  private final int maxFrame;
  private final int maxHead;
  private final EpochRules rules;
  private boolean headDue;

  /** Of the frame checked last. */
  private int type;

  /** Of the HEAD that waits to be added. */
  private Head.@Nullable Fields head;

  private int headLength;

  /** What a session says of its epochs. */
  interface EpochRules {
    /**
     * Whether a HEAD may follow, as far as its signature does not matter.
     *
     * @throws ProtocolException if it may not
     */
    void check(Head.Fields head);

    /** It follows. */
    default void begins(Head.Fields head) {}
  }

  /**
   * The frames of one producer's connection.
   *
   * @param headDue whether a HEAD must come first, because the producer does not go on with the
   *     epoch that is there
   * @param rules which HEADs may follow here
   */
  Wire2Framing(SessionLog log, SessionId session, int maxFrame, boolean headDue, EpochRules rules) {
    this.log = log;
    this.session = session;
    this.maxFrame = maxFrame;
    this.headDue = headDue;
    this.rules = rules;
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

  /** A HEAD waits for heap. */
  @Override
  public boolean mayAdd(LogReader reader, long at, long end, long position) {
    if (type != Frames.HEAD) {
      return true;
    }
    if (head == null) {
      headLength = (int) (end - at);
      byte[] beginning = reader.copy(at, Math.min(headLength, Head.FIELDS_END));
      Head.Fields fields = Head.fields(beginning, headLength, session.isOwned());
      rules.check(fields);
      if (session.isOwned()
          && !Head.parse(reader.copy(at, headLength), session).isSignedBy(session)) {
        throw new ProtocolException(ErrorCode.PROTOCOL, "HEAD without the owner's signature");
      }
      head = fields;
    }
    return log.reserveEpoch(position);
  }

  @Override
  public void add(LogReader reader, long at, long end, long position) {
    if (type == Frames.HEAD) {
      addEpoch(reader, at, position);
    } else {
      log.addFrame(position, type, position + (end - at));
    }
  }

  private void addEpoch(LogReader reader, long at, long position) {
    Head.Fields fields = Objects.requireNonNull(head);
    byte[] name = Hashes.sha256(reader.copy(at, headLength));
    rules.begins(fields);
    log.addEpoch(new Epoch(fields, headLength, name, position));
    headDue = false;
    head = null;
  }
}
