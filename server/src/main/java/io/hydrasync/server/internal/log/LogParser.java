package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.wire.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frame boundaries in what a log has received, checks what can be checked without a key,
 * takes records out, and publishes the rest. In place: relayed frames are not copied, except that
 * bytes behind a record move down over it, all in one pass per read, so that a read that is full of
 * records costs one copy of its own size at most.
 *
 * <p>A frame that has to wait, a HEAD, ends the pass. It moves down to where it will be published,
 * and all that has come behind it stays where it is until the next pass, with a gap of the bytes
 * that were taken out in front: so bytes move once, however many frames of a read have to wait.
 *
 * <pre>
 *                 parsed         + wanted      + gap
 *  +--------------+--------------+-------------+------------------+
 *  | ...          | HEAD         | gap         | not parsed yet   |
 *  +--------------+--------------+-------------+------------------+
 * </pre>
 *
 * <p>Confined to the log's owner loop.
 */
public final class LogParser {
  private static final int COPY_BYTES = 1 << 20;

  private final SessionLog log;
  private final Framing framing;

  /** Where the first frame begins that is not whole or has to wait. */
  private long parsed;

  /** Bytes of it that are needed before it can be looked at again. */
  private long wanted;

  /** Whether that frame is whole. */
  private boolean heldUp;

  /** Whether the pass ends behind the record that is being taken. */
  private boolean pausing;

  /** Whether the last pass ended there. */
  private boolean paused;

  /** Bytes between it and the next. */
  private long gap;

  // One pass: bytes that were taken out so far, and where the run of bytes that must move down
  // begins.
  private long removed;
  private long runStart;
  private long runTarget;

  /** A parser that begins at the log's tail. */
  public LogParser(SessionLog log, Framing framing) {
    this.log = log;
    this.framing = framing;
    parsed = log.published();
  }

  /**
   * Parses what has been received since the last call and publishes the whole frames of it.
   *
   * @param records takes each record, its length field included; false ends the parsing because the
   *     connection is closed
   * @throws io.hydrasync.protocol.ProtocolException if something is not allowed; all frames in
   *     front of it are published, and it and what is behind it is thrown away
   */
  public void parse(Predicate<byte[]> records) {
    paused = false;
    if (!heldUp && log.received() - parsed < Math.max(wanted, Frames.LEN_BYTES)) {
      return;
    }
    LogReader reader = log.reader(parsed);
    removed = gap;
    runStart = parsed + gap;
    runTarget = parsed;
    long at = runStart;
    // Whatever is thrown, what was added to the log's index must be published with it.
    @Nullable RuntimeException problem = null;
    boolean goOn = true;
    try {
      if (heldUp) {
        if (!framing.mayAdd(reader, parsed, parsed + wanted, parsed)) {
          return;
        }
        framing.add(reader, parsed, parsed + wanted, parsed);
        heldUp = false;
        at += wanted;
        runStart = at;
        runTarget += wanted;
      }
      while (goOn && isWhole(reader, at)) {
        long end = at + wanted;
        if (framing.isRecord()) {
          goOn = records.test(reader.copy(at, (int) (end - at)));
          takeOut(at, end);
          if (pausing) {
            at = end;
            break;
          }
        } else if (framing.mayAdd(reader, at, end, at - removed)) {
          framing.add(reader, at, end, at - removed);
        } else {
          heldUp = true;
          break;
        }
        at = end;
      }
    } catch (RuntimeException e) {
      problem = e;
    }
    finishPass(at, problem == null && goOn);
    if (pausing) {
      pausing = false;
      paused = goOn;
      wanted = 0;
    }
    if (problem != null) {
      throw problem;
    }
  }

  /**
   * Ends the pass behind the record that is being taken, because what it says has to be dealt with
   * before the next frame. What has come behind it waits for the next pass. From within {@link
   * #parse}.
   */
  public void pause() {
    pausing = true;
  }

  /** Whether the last pass ended at a {@link #pause}: what is behind that may be whole frames. */
  public boolean hasPaused() {
    return paused;
  }

  /** The frame that has to wait is not to be in the log: it is taken out. Between two passes. */
  public void dropHeldUp() {
    log.move(behindHeldUp(), log.received(), parsed);
    log.truncate(log.received() - wanted - gap);
    forgetHeldUp();
  }

  /**
   * Takes out all that has come and has not been published. Between two passes; nothing is held up
   * any more.
   *
   * @return the bytes, which the caller owns, a copy on the heap
   */
  public List<ByteBuf> takeRest() {
    List<ByteBuf> rest = new ArrayList<>();
    if (heldUp) {
      copy(parsed, parsed + wanted, rest);
      copy(behindHeldUp(), log.received(), rest);
    } else {
      copy(parsed, log.received(), rest);
    }
    log.truncate(parsed);
    forgetHeldUp();
    return rest;
  }

  private void copy(long from, long to, List<ByteBuf> into) {
    LogReader reader = log.reader(from);
    for (long at = from; at < to; ) {
      int n = (int) Math.min(COPY_BYTES, to - at);
      into.add(Unpooled.wrappedBuffer(reader.copy(at, n)));
      at += n;
    }
  }

  private void forgetHeldUp() {
    heldUp = false;
    gap = 0;
    wanted = 0;
  }

  /**
   * Whether what has been published is followed by a whole frame that has to wait: it begins there,
   * and its bytes are not touched until it may go on.
   */
  public boolean isHeldUp() {
    return heldUp;
  }

  /** Where the bytes begin that have come behind the frame that has to wait. */
  public long behindHeldUp() {
    return parsed + wanted + gap;
  }

  /** Whether a frame is whole, {@code wanted} bytes then; checks of it what is there. */
  private boolean isWhole(LogReader reader, long at) {
    long available = log.received() - at;
    wanted = Frames.LEN_BYTES;
    if (available >= wanted) {
      reader.moveTo(at);
      wanted = framing.check(reader, at, available);
    }
    return available >= wanted;
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
    if (heldUp && keepRest) {
      if (removed > 0) {
        log.move(runStart, end + wanted, runTarget);
      }
      gap = removed;
    } else {
      long received = keepRest ? log.received() : end;
      if (removed > 0) {
        log.move(runStart, received, runTarget);
      }
      log.truncate(received - removed);
      gap = 0;
      heldUp = false;
    }
    parsed = end - removed;
    log.publish(parsed);
  }
}
