package io.hydrasync.server;

import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.ProtocolException;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frame boundaries in what a log has received, checks what can be checked without a key,
 * takes SEALED frames out, and publishes the rest. In place: relayed frames are not copied, except
 * that bytes behind a SEALED frame move down over it, all in one pass per read, so that a read that
 * is full of records costs one copy of its own size at most.
 *
 * <p>Confined to the log's owner loop.
 */
final class LogParser {
  private final SessionLog log;
  private final SessionId session;
  private final int maxFrame;
  private final int maxHead;
  private final Consumer<Head> epochCheck;
  private boolean headDue;

  /** Where the first frame that is not whole begins. */
  private long parsed;

  /** Bytes needed before that frame can be looked at again. */
  private long wanted;

  // One pass: bytes that were taken out so far, and where the run of bytes that must move down
  // begins.
  private long removed;
  private long runStart;
  private long runTarget;

  /**
   * A parser that begins at the log's tail.
   *
   * @param headDue whether a HEAD must come first, because the producer does not go on with the
   *     epoch that is there
   * @param epochCheck throws {@link ProtocolException} for a HEAD that may not follow here
   */
  LogParser(
      SessionLog log, SessionId session, int maxFrame, boolean headDue, Consumer<Head> epochCheck) {
    this.log = log;
    this.headDue = headDue;
    this.session = session;
    this.maxFrame = maxFrame;
    this.epochCheck = epochCheck;
    maxHead = Head.maxLength(session.isOwned()) - Frames.LEN_BYTES;
    parsed = log.published();
  }

  /**
   * Parses what has been received since the last call and publishes the whole frames of it.
   *
   * @param records takes each SEALED frame, its length field included; false ends the parsing
   *     because the connection is closed
   * @throws ProtocolException if something is not allowed; all frames in front of it are published,
   *     and it and what is behind it is thrown away
   */
  void parse(Predicate<byte[]> records) {
    if (log.received() - parsed < Math.max(wanted, Frames.LEN_BYTES)) {
      return;
    }
    removed = 0;
    long at = parsed;
    LogReader reader = log.reader(at);
    // Whatever is thrown, what was added to the log's index must be published with it.
    @Nullable RuntimeException problem = null;
    boolean goOn = true;
    try {
      while (goOn && isWhole(reader, at)) {
        int len = (int) reader.u32(at);
        int type = reader.u8(at + Frames.TYPE_OFFSET);
        long end = at + Frames.LEN_BYTES + len;
        if (type == Frames.SEALED) {
          goOn = records.test(reader.copy(at, (int) (end - at)));
          takeOut(at, end);
        } else if (type == Frames.HEAD) {
          addEpoch(reader.copy(at, (int) (end - at)), at - removed);
        } else {
          log.addFrame(at - removed, type, end - removed);
        }
        at = end;
      }
    } catch (RuntimeException e) {
      problem = e;
    }
    finishPass(at, problem == null && goOn);
    if (problem != null) {
      throw problem;
    }
  }

  /** Whether a frame is whole; checks its header as soon as it is there. */
  private boolean isWhole(LogReader reader, long at) {
    long available = log.received() - at;
    if (available < Frames.LEN_BYTES) {
      wanted = Frames.LEN_BYTES;
      return false;
    }
    reader.moveTo(at);
    long len = reader.u32(at);
    if (len == 0) {
      throw new ProtocolException(ErrorCode.PROTOCOL, "a frame of length 0");
    }
    if (len > maxFrame) {
      throw new ProtocolException(
          ErrorCode.TOO_BIG, "a frame of " + len + " bytes, at most " + maxFrame + " allowed");
    }
    if (available < Frames.PREFIX) {
      wanted = Frames.PREFIX;
      return false;
    }
    int type = reader.u8(at + Frames.TYPE_OFFSET);
    checkLength(type, len);
    boolean hasSequence = Frames.isRelayed(type) && type != Frames.HEAD;
    if (hasSequence && available < Frames.HEADER) {
      wanted = Frames.HEADER;
      return false;
    }
    if (hasSequence) {
      checkSequence(reader.u64(at + Frames.SEQ_OFFSET));
    }
    wanted = Frames.LEN_BYTES + len;
    return available >= wanted;
  }

  private void checkLength(int type, long len) {
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

  private void addEpoch(byte[] frame, long position) {
    Head head = Head.parse(frame, session);
    epochCheck.accept(head);
    if (log.epochCount() >= SessionLog.MAX_EPOCHS) {
      throw new ProtocolException(ErrorCode.LIMIT, "too many epochs at a time");
    }
    log.addEpoch(new Epoch(head, position));
    headDue = false;
  }

  // ---- taking records out ----

  private void takeOut(long from, long to) {
    if (removed == 0) {
      runTarget = from;
    } else {
      log.move(runStart, from, runTarget);
      runTarget += from - runStart;
    }
    runStart = to;
    removed += to - from;
  }

  private void finishPass(long end, boolean keepRest) {
    long received = keepRest ? log.received() : end;
    if (removed > 0) {
      log.move(runStart, received, runTarget);
    }
    log.truncate(received - removed);
    parsed = end - removed;
    log.publish(parsed);
  }
}
