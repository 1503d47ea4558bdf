package io.hydrasync.server;

import io.hydrasync.protocol.wire.Frames;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the frame boundaries in what a log has received, checks what can be checked without a key,
 * takes records out, and publishes the rest. In place: relayed frames are not copied, except that
 * bytes behind a record move down over it, all in one pass per read, so that a read that is full of
 * records costs one copy of its own size at most.
 *
 * <p>Confined to the log's owner loop.
 */
final class LogParser {
  private final SessionLog log;
  private final Framing framing;

  /** Where the first frame that is not whole begins. */
  private long parsed;

  /** Bytes of it that are needed before it can be looked at again. */
  private long wanted;

  // One pass: bytes that were taken out so far, and where the run of bytes that must move down
  // begins.
  private long removed;
  private long runStart;
  private long runTarget;

  /** A parser that begins at the log's tail. */
  LogParser(SessionLog log, Framing framing) {
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
        long end = at + wanted;
        if (framing.isRecord()) {
          goOn = records.test(reader.copy(at, (int) (end - at)));
          takeOut(at, end);
        } else {
          framing.add(reader, at, end, at - removed);
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
    long received = keepRest ? log.received() : end;
    if (removed > 0) {
      log.move(runStart, received, runTarget);
    }
    log.truncate(received - removed);
    parsed = end - removed;
    log.publish(parsed);
  }
}
