package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * How many frames of a log's last stream the log has let go of that no consumer had taken ({@code
 * wire2.md} section 15). On the log's owner loop.
 *
 * <p>Costs nothing for each frame. Consumers tell positions anyway; the highest that any has been
 * given in an epoch is looked at when the log is about to let go of segments, and becomes a
 * sequence only where it lies within them: behind that, all that goes has been taken, and in front
 * of it nothing new. {@link Cursor} shows why a consumer's position is never seen too late.
 *
 * <p>A frame that a later epoch of the stream brings again has not been let go of, so a HEAD takes
 * back what was counted from its first frame on. Frames over which a consumer is being moved
 * (SKIP), and one of which a consumer still gets the rest, are owed until somebody has got so far,
 * or nobody is left who may.
 */
public final class Unread {
  private final SessionLog log;
  private final SeqRanges gone = new SeqRanges();
  private final SeqRanges owed = new SeqRanges();
  private long stream;

  /** Position behind all that any consumer has been given. */
  private long taken;

  /** All frames of the stream below this sequence count as taken. */
  private long takenNext;

  /** Whether a consumer is on its way over frames that the log does not keep. */
  private boolean moving;

  /** Up to where the consumer that is furthest behind has got, but for those being moved. */
  private long lowest = Long.MAX_VALUE;

  /** Position behind the frames that are owed. */
  private long owedUntil;

  Unread(SessionLog log) {
    this.log = log;
  }

  /** An epoch begins; the log does not hold it yet. */
  void begins(Epoch epoch) {
    if (epoch.head.stream() != stream) {
      stream = epoch.head.stream();
      takenNext = 0;
      gone.clear();
      owed.clear();
      return;
    }
    long first = epoch.head.first();
    gone.cut(first);
    owed.cut(first);
  }

  /** A consumer has been given the bytes {@code [from, to)} of the log, a whole frame at least. */
  void taken(long from, long to) {
    taken = Math.max(taken, to);
    Iterator<Epoch> newestFirst = log.epochs().newestFirst();
    while (newestFirst.hasNext()) {
      Epoch epoch = newestFirst.next();
      if (epoch.end <= from || epoch.head.stream() != stream) {
        return;
      }
      if (epoch.position < to) {
        epoch.takenUntil = Math.max(epoch.takenUntil, Math.min(to, epoch.end));
      }
    }
  }

  /**
   * All consumers have been looked at.
   *
   * @param anyMoving whether one of them has been moved forward and has not got anything since
   * @param lowestTaken up to where the one has got that is furthest behind of the others, {@link
   *     Long#MAX_VALUE} if there are none
   */
  public void looked(boolean anyMoving, long lowestTaken) {
    moving = anyMoving;
    lowest = lowestTaken;
    if (taken >= owedUntil) {
      owed.clear();
    } else if (!moving && lowest >= owedUntil) {
      gone.addAll(owed);
    }
  }

  /** Whether consumers have to be looked at before there is an answer. */
  public boolean isOwing() {
    return owed.count() > 0;
  }

  /**
   * The log is about to let go of frames; their bytes are still held.
   *
   * @param oldest the first frame that it will hold, or its tail
   */
  void lettingGo(SessionLog.Place oldest) {
    findSentAgain();
    for (Epoch epoch : log.epochs()) {
      if (epoch.head.stream() == stream) {
        takenNext = Math.max(takenNext, takenOf(epoch, oldest));
      }
    }
    for (Epoch epoch : log.epochs()) {
      if (epoch.head.stream() == stream) {
        letGo(epoch, oldest);
      }
    }
  }

  /** Here and not at each HEAD, of which a producer may send many. */
  private void findSentAgain() {
    long again = Long.MAX_VALUE;
    Iterator<Epoch> newestFirst = log.epochs().newestFirst();
    while (newestFirst.hasNext()) {
      Epoch epoch = newestFirst.next();
      if (epoch.head.stream() != stream) {
        return;
      }
      epoch.sentAgainFrom = again;
      again = Math.min(again, epoch.head.first());
    }
  }

  private void letGo(Epoch epoch, SessionLog.Place oldest) {
    long to = epoch.heldFrom;
    if (epoch.end <= oldest.position()) {
      to = epoch.next;
    } else if (epoch == oldest.epoch()) {
      to = oldest.seq();
    }
    long from = Math.max(epoch.heldFrom, takenNext);
    epoch.heldFrom = Math.max(epoch.heldFrom, to);
    // A place is a boundary, so whoever stands in front of the first one has the beginning of the
    // last frame that goes, and gets the rest of it.
    boolean lastIsComing = lowest < oldest.position() && epoch.end >= oldest.position();
    long owedFrom = moving ? from : lastIsComing ? to - 1 : to;
    add(gone, from, Math.min(owedFrom, epoch.sentAgainFrom));
    if (add(owed, Math.max(from, owedFrom), Math.min(to, epoch.sentAgainFrom))) {
      owedUntil = oldest.position();
    }
  }

  private static boolean add(SeqRanges ranges, long from, long to) {
    ranges.add(from, to);
    return from < to;
  }

  /**
   * Behind the frames of an epoch that have been taken, as far as it matters now; 0 if none have.
   */
  private long takenOf(Epoch epoch, SessionLog.Place oldest) {
    if (epoch.takenUntil <= epoch.firstFrame()) {
      return 0;
    }
    if (epoch.takenUntil == epoch.end && epoch.end <= oldest.position()) {
      return epoch.next;
    }
    if (epoch.takenUntil < oldest.position()) {
      long behind = seqBehind(epoch, epoch.takenUntil);
      return behind > epoch.begins ? behind : 0; // the beginning of one says nothing
    }
    if (epoch == oldest.epoch()) {
      return oldest.seq();
    }
    return log.holdsWholeFrame(epoch.firstFrame(), epoch.takenUntil) ? epoch.begins : 0;
  }

  /**
   * The first frame of an epoch that does not end at or below a position, found by walking from the
   * nearest mark; 0 if none that does is held.
   */
  private long seqBehind(Epoch epoch, long position) {
    FrameMarks.@Nullable Mark from = log.nearest(epoch, Long.MAX_VALUE, position);
    if (from == null) {
      return 0;
    }
    long at = from.position();
    long seq = from.seq();
    try {
      HeldReader reader = new HeldReader(log.segmentOf(at), at);
      while (at < position) {
        at += Frames.LEN_BYTES + reader.u32(at);
        seq++;
      }
    } catch (HeldReader.SpillGoneException e) {
      return seq; // too low at the most: then the producer is told of more than it has to be
    }
    return at > position ? seq - 1 : seq;
  }

  /** The lowest sequence of the stream that the log holds, the next that it expects if none. */
  private long oldest() {
    long lowest = Long.MAX_VALUE;
    for (Epoch epoch : log.epochs()) {
      if (epoch.head.stream() == stream && epoch.heldFrom < epoch.next) {
        lowest = Math.min(lowest, epoch.heldFrom);
      }
    }
    Epoch last = log.lastEpoch();
    return lowest < Long.MAX_VALUE || last == null ? lowest : last.next;
  }

  /** What a producer is told, or null if there is nothing to tell. */
  @Nullable
  public UnreadMessage message() {
    return gone.count() == 0 ? null : new UnreadMessage(stream, oldest(), gone.count());
  }
}
