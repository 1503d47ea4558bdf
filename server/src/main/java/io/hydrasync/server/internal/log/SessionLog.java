package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.check.JvmErrors;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.spill.SpillFile;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session's frames as one append-only sequence of bytes, cut into segments of direct memory. A
 * position is the number of bytes ever appended in front of it.
 *
 * <pre>
 *   first                                            tail
 *  +-------------+-------------+-------------+-------------+
 *  | retained    | still needed by a cursor  |  |  |       |
 *  +-------------+-------------+-------------+--|--|-------+
 *  ^ start                          published --'  '-- received
 * </pre>
 *
 * The producer's bytes arrive at {@code received}; whole frames that were checked are published,
 * and consumers read only what is published. Bytes in between may still be moved (records taken
 * out) or thrown away (the producer's connection is gone).
 *
 * <p>Single writer: everything but {@link #published()}, {@link #isFinished()}, {@link #isBroken()}
 * and {@link #boundaryFrom} belongs to the owner loop of the session. The volatile store of {@code
 * published} releases the bytes, the links and the index fields of the segments in front of it.
 */
public final class SessionLog {
  private static final int GROWTH = 4;

  private final RelayLimits limits;
  private final MemoryBudget budget;

  /** Bytes of each packet in a log of packets, 0 in one of frames that tell their length. */
  private final int packetBytes;

  private final Epochs epochs;
  private final ArrayDeque<Segment> spilled = new ArrayDeque<>();
  private final Unread unread = new Unread(this);
  private Segment first = Segment.empty(0);
  private Segment tail = first;
  private long start;
  private long received;
  private int nextSegmentSize;

  /** Where the END stands that nothing but its CHECK has followed, −1 if there is none. */
  private long liveEnd = -1;

  private int lastFrameType;
  private boolean goesOn;
  private volatile long published;
  private volatile boolean finished;
  private volatile boolean broken;

  /** A log of frames that begin with their length. */
  public SessionLog(RelayLimits limits, MemoryBudget budget) {
    this(limits, budget, 0);
  }

  /**
   * A log.
   *
   * @param packetBytes of each packet in a log of packets, which has no other index: they begin at
   *     the multiples of it. 0 for frames that begin with their length
   */
  public SessionLog(RelayLimits limits, MemoryBudget budget, int packetBytes) {
    this.limits = limits;
    this.budget = budget;
    this.packetBytes = packetBytes;
    epochs = new Epochs(this, budget);
    nextSegmentSize = firstSegmentSize();
  }

  // ---- what anybody may ask ----

  /** Everything below this position is whole, checked and final. */
  public long published() {
    return published;
  }

  /** Whether nothing will be published any more. */
  public boolean isFinished() {
    return finished;
  }

  /** Whether what is published is known not to be the whole. */
  public boolean isBroken() {
    return broken;
  }

  /**
   * The first frame boundary at or behind a position, found by walking the headers from the nearest
   * mark.
   *
   * @param segment holds the position; the caller holds a reference to it and to those behind it,
   *     by being a registered cursor at this position
   */
  public long boundaryFrom(Segment segment, long position) {
    long limit = published;
    if (packetBytes > 0) {
      return packetFrom(position, limit);
    }
    FrameMarks.@Nullable Mark near = segment.marks.atOrBelow(position);
    if (near != null) {
      return boundaryFrom(new LogReader(segment), near.position(), position);
    }
    Segment from = segment;
    while (from.firstFrame < 0 || from.firstFrame > limit) {
      Segment next = from.next();
      if (next == null || next.base > limit) {
        return limit;
      }
      from = next;
    }
    return boundaryFrom(new LogReader(from), from.firstFrame, position);
  }

  /** The first beginning of a packet at or behind a position, a limit that is one at the most. */
  private long packetFrom(long position, long limit) {
    return Math.min(limit, (position + packetBytes - 1) / packetBytes * packetBytes);
  }

  private static long boundaryFrom(LogReader reader, long boundary, long position) {
    long at = boundary;
    while (at < position) {
      at = reader.passFrame(at);
    }
    return at;
  }

  // ---- the writer ----

  /** Bytes that can be received without another segment. */
  public int room() {
    return (int) (writeSegment().end() - received);
  }

  /** Everything in memory is at or behind this position. */
  public long start() {
    return start;
  }

  /** Position behind the oldest segment, which must be passed before it can go. */
  public long oldestSegmentEnd() {
    return first.end();
  }

  /** Size of the segment that {@link #grow} would add. */
  public int nextSegmentSize() {
    return nextSegmentSize;
  }

  /** Bytes from the oldest segment to the end of the newest. */
  public long allocated() {
    return tail.end() - first.base;
  }

  /** Adds a segment if the memory budget allows. */
  public boolean grow() {
    int size = nextSegmentSize;
    Segment added = newSegment(tail.end(), size);
    if (added == null) {
      return false;
    }
    tail.link(added);
    if (first.isEmpty()) {
      first = added;
    }
    tail = added;
    nextSegmentSize = (int) Math.min(limits.segmentBytes(), (long) size * GROWTH);
    return true;
  }

  private @Nullable Segment newSegment(long base, int size) {
    boolean isFirst = allocated() == 0 && size <= firstSegmentSize();
    if (isFirst ? !budget.tryReserveFirst(size) : !budget.tryReserve(size)) {
      return null;
    }
    try {
      return new Segment(base, size, budget);
    } catch (OutOfMemoryError e) {
      budget.release(size);
      if (!JvmErrors.isOfDirectMemory(e)) {
        throw e;
      }
      return null; // the JVM's own limit is tighter than the budget: as if it were used up
    }
  }

  /**
   * Ends the segment of the next frame in front of that, so that what is in it can go. The bytes
   * behind move over. Not while frames are being parsed.
   *
   * @return false if the memory budget does not allow it
   */
  public boolean split() {
    Segment old = segmentFromTail(published);
    int size = (int) (old.end() - published);
    if (old.base == published || size == 0) {
      return true;
    }
    Segment rest = newSegment(published, size);
    if (rest == null) {
      return false;
    }
    rest.bytes().duplicate().put(old.bytes().slice((int) (published - old.base), size));
    // Who reads below the tail sees the end before the segment behind it.
    old.endAt(published);
    Segment next = old.next();
    if (next != null) {
      rest.link(next);
    }
    old.link(rest);
    tail = old == tail ? rest : tail;
    return true;
  }

  /** A slice of the newest bytes' segment to read the next bytes into; there is room. */
  public ByteBuf readTarget(int most) {
    ByteBuf slice = writeSegment().retainedSlice(received, Math.min(most, room()));
    return slice.writerIndex(0);
  }

  /** Bytes have been written into the last {@link #readTarget}. */
  public void received(int bytes) {
    received += bytes;
  }

  /** Copies what fits into the segment of the next byte. */
  public void copy(ByteBuf in) {
    int n = Math.min(in.readableBytes(), room());
    if (n > 0) {
      Segment last = writeSegment();
      ByteBuffer to = last.bytes().duplicate();
      int at = (int) (received - last.base);
      to.position(at).limit(at + n);
      in.readBytes(to);
      received += n;
    }
  }

  /** Position behind the last byte received. */
  public long received() {
    return received;
  }

  /** A reader for positions from the given one on, owner loop only. */
  public LogReader reader(long position) {
    return new LogReader(segmentOf(position));
  }

  /** The segment that holds a position; the tail for the position behind the last. */
  public Segment segmentOf(long position) {
    if (position >= tail.base) {
      return tail; // where nearly everybody looks
    }
    return holding(position < start ? oldestHeld() : first, position);
  }

  private static Segment holding(Segment from, long position) {
    Segment segment = from;
    while (position >= segment.end()) {
      Segment next = segment.next();
      if (next == null) {
        return segment;
      }
      segment = next;
    }
    return segment;
  }

  /**
   * Moves received bytes {@code [from, to)} down to {@code target}. Nothing of it is published yet.
   */
  void move(long from, long to, long target) {
    Segment read = segmentFromTail(from);
    Segment write = segmentFromTail(target);
    long destination = target;
    for (long source = from; source < to; ) {
      read = holding(read, source);
      write = holding(write, destination);
      int n = (int) Math.min(to - source, Math.min(read.end() - source, write.end() - destination));
      int at = (int) (source - read.base);
      // ByteBuffer.put is a memmove: source and destination may overlap in one segment
      write
          .bytes()
          .duplicate()
          .position((int) (destination - write.base))
          .put(read.bytes().duplicate().position(at).limit(at + n));
      source += n;
      destination += n;
    }
  }

  /** Throws received bytes away. */
  public void truncate(long position) {
    received = position;
  }

  /**
   * Whether a HEAD may be added at a position that will be published next. If so, {@link #addEpoch}
   * has what it needs.
   */
  public boolean reserveEpoch(long position) {
    return !isCrowded(position) && epochs.tryReserve();
  }

  /**
   * Whether the segment of the next frame has so many HEADs that there must be a {@link #split}.
   */
  public boolean isCrowded() {
    return isCrowded(published);
  }

  private boolean isCrowded(long position) {
    return segmentFromTail(position).heads >= Epochs.MOST_IN_SEGMENT;
  }

  /** Adds a HEAD at the position that {@link #reserveEpoch} was asked about. */
  void addEpoch(Epoch epoch) {
    unread.begins(epoch);
    epochs.add(epoch);
    index(epoch.position, epoch, epoch.begins);
    Segment segment = segmentFromTail(epoch.position);
    segment.hasMilestone = true;
    segment.heads++;
    liveEnd = -1;
    lastFrameType = Frames.HEAD;
  }

  /** Adds a frame of the current epoch at a position that will be published next. */
  void addFrame(long position, int type, long end) {
    Epoch epoch = Objects.requireNonNull(epochs.last());
    index(position, epoch, epoch.next);
    epoch.next++;
    epoch.end = end;
    if (type == Frames.END) {
      segmentFromTail(position).hasMilestone = true; // it must not be skipped
      liveEnd = position;
    } else if (type != Frames.CHECK || lastFrameType != Frames.END) {
      liveEnd = -1;
    }
    lastFrameType = type;
  }

  /** Adds a frame without an epoch at a position that will be published next. */
  void addOpaque(long position) {
    index(position, null, 0);
  }

  private void index(long position, @Nullable Epoch epoch, long seq) {
    segmentFromTail(position).frame(position, epoch, seq);
  }

  /** Makes everything below a position visible. */
  void publish(long position) {
    published = position;
  }

  /** What comes next goes into another log, where those who stand in this one go on. */
  public void goesOnElsewhere() {
    goesOn = true;
  }

  /** Whether those who have got all of it go on in another log, by their position. */
  public boolean isGoingOnElsewhere() {
    return goesOn;
  }

  /** The producer broke off where nobody is told of it otherwise. */
  public void breakOff() {
    broken = true;
  }

  /** No more frames: throws away what is not published. */
  public void finish() {
    received = published;
    finished = true;
  }

  // ---- trimming ----

  /** Lets go of whole segments below a position. Returns the bytes that the log let go of. */
  public long trim(long needed) {
    long before = start;
    Segment kept = first;
    while (kept != tail && kept.end() <= Math.min(needed, published)) {
      kept = Objects.requireNonNull(kept.next());
    }
    if (kept == first || !epochs.startMoves(kept.base, heldFrom(kept.base))) {
      return 0;
    }
    if (spilled.isEmpty()) {
      unread.lettingGo(oldestFrom(kept));
    }
    Segment oldest = first;
    while (oldest != kept) {
      Segment next = Objects.requireNonNull(oldest.next());
      first = next;
      start = oldest.end();
      oldest.release();
      oldest = next;
    }
    epochs.trim(heldStart());
    return start - before;
  }

  /**
   * Lets go of everything, the segment of the next byte as well, where all that was received has
   * been published and nobody needs it any more. The next bytes go into a new segment, as small as
   * a log's first.
   *
   * @return the bytes that the log let go of, 0 if the last segment has to stay
   */
  public long trimAll() {
    if (first.isEmpty()
        || received != published
        || !epochs.startMoves(published, heldFrom(published))) {
      return 0;
    }
    long given = allocated();
    Segment empty = Segment.empty(published);
    Segment oldest = first;
    tail.link(empty);
    unread.lettingGo(oldestFrom(empty));
    while (oldest != empty) {
      // A cursor that stands at the tail goes on in the empty segment, wherever it looks first.
      oldest.endAt(Math.min(oldest.end(), published));
      oldest.release();
      oldest = Objects.requireNonNull(oldest.next());
    }
    first = empty;
    tail = empty;
    start = published;
    nextSegmentSize = firstSegmentSize();
    epochs.trim(heldStart());
    return given;
  }

  private int firstSegmentSize() {
    return Math.min(limits.firstSegmentBytes(), limits.segmentBytes());
  }

  /** The segment that would go next, or null if it may not go yet. */
  @Nullable
  public Segment oldestPublished() {
    Segment oldest = first;
    return oldest != tail && oldest.end() <= published ? oldest : null;
  }

  /**
   * The oldest segment is in a file: its memory goes.
   *
   * @return false if the memory has to stay, since there is none for the HEAD that it holds;
   *     nothing has changed then
   */
  public boolean spilled(SpillFile file) {
    Segment oldest = first;
    oldest.spilled(file); // before the memory goes: a reader that finds it gone looks here
    spilled.addLast(oldest);
    trim(oldest.end());
    if (first != oldest) {
      return true;
    }
    spilled.removeLast();
    oldest.spilled(null);
    return false;
  }

  /** Lets go of files below a position. Returns them, to be deleted. */
  public List<SpillFile> trimSpilled(long needed) {
    if (spilled.isEmpty() || spilled.getFirst().end() > needed) {
      return List.of();
    }
    Segment oldest = holding(spilled.getFirst(), Math.min(needed, start));
    unread.lettingGo(oldestFrom(oldest));
    epochs.diskStartMoves(oldest.base);
    List<SpillFile> gone = new ArrayList<>();
    while (!spilled.isEmpty() && spilled.getFirst().end() <= needed) {
      SpillFile file = spilled.removeFirst().spilled();
      if (file != null) {
        gone.add(file);
      }
    }
    epochs.trim(heldStart());
    return gone;
  }

  /** Whether something would go if all below a position went. */
  public boolean holdsSegmentBelow(long position) {
    Segment oldest = oldestHeld();
    return oldest != tail && oldest.end() <= Math.min(position, published);
  }

  /** What nobody has taken of what is gone. */
  public Unread unread() {
    return unread;
  }

  /** The first frame that begins in a segment or behind it, the tail if there is none. */
  private Place oldestFrom(Segment from) {
    Segment first = packetBytes > 0 ? null : from; // a log of packets knows no first frame
    for (Segment segment = first; segment != null; segment = segment.next()) {
      if (segment.firstFrame >= 0 && segment.firstFrame < published) {
        return new Place(segment.firstFrame, segment.firstEpoch, segment.firstSeq, false);
      }
    }
    Epoch last = epochs.last();
    return new Place(published, last, last == null ? 0 : last.next, false);
  }

  /** The first boundary at or behind a position that an index entry knows, else the tail. */
  public long indexedBoundary(long position) {
    if (packetBytes > 0) {
      return packetFrom(Math.max(position, start), published);
    }
    for (Segment segment = first; segment != null; segment = segment.next()) {
      if (segment.firstFrame >= position) {
        return Math.min(segment.firstFrame, published);
      }
    }
    return published;
  }

  /** The segments of {@code [from, to)}, each with a reference for the caller. */
  public List<Segment> retain(long from, long to) {
    List<Segment> held = new ArrayList<>();
    Segment segment = segmentOf(from);
    while (segment != null && segment.base < to) {
      if (segment.tryRetain()) {
        held.add(segment);
      }
      segment = segment.next();
    }
    return held;
  }

  /** Lets go of everything. */
  public void close() {
    finish();
    for (Segment segment = first; segment != null; segment = segment.next()) {
      segment.release();
    }
    first = Segment.empty(published);
    tail = first;
    start = published;
    epochs.clear();
  }

  // ---- positions for those who join ----

  /** The epoch that frames are appended to, or null before the first HEAD. */
  @Nullable
  public Epoch lastEpoch() {
    return epochs.last();
  }

  /** Those that frames are held of. */
  public Epochs epochs() {
    return epochs;
  }

  /**
   * Position of the last frame if it is an END, else the tail. In a SIGNED epoch the CHECK that
   * covers the END follows it; whoever gets the END gets both.
   */
  public long livePosition() {
    return liveEnd >= start ? liveEnd : published;
  }

  /** The type of the last frame. */
  public int lastFrameType() {
    return lastFrameType;
  }

  /**
   * The first frame boundary held, the tail if there is none. Never in front of the HEAD of an
   * epoch that begins late.
   */
  public long oldestPosition() {
    if (packetBytes > 0) {
      return packetFrom(start, published);
    }
    for (Segment segment = first; segment != null; segment = segment.next()) {
      if (segment.firstFrame >= 0) {
        return Math.min(behindLateHead(segment.firstFrame, segment.firstEpoch), published);
      }
    }
    return published;
  }

  private static long behindLateHead(long position, @Nullable Epoch epoch) {
    boolean isLate = epoch != null && epoch.position == position && epoch.beginsLate();
    return isLate ? epoch.firstFrame() : position;
  }

  /** What stands at a frame boundary, by walking from the nearest mark. */
  public Place placeAt(long position) {
    Epoch last = epochs.last();
    if (last == null) {
      return new Place(position, null, 0, false);
    }
    if (position >= published) {
      return new Place(published, last, last.next, false);
    }
    Epoch at = last;
    for (Epoch epoch : epochs) {
      if (epoch.position == position) {
        return new Place(position, epoch, epoch.begins, true);
      }
      if (epoch.position < position) {
        at = epoch;
      }
    }
    FrameMarks.@Nullable Mark near = segmentOf(position).marks.atOrBelow(position);
    boolean isOfEpoch = near != null && near.epoch() == at && near.position() != at.position;
    long boundary = isOfEpoch ? near.position() : at.firstFrame();
    long seq = isOfEpoch ? near.seq() : at.begins;
    LogReader reader = reader(boundary);
    while (boundary < position) {
      boundary = reader.passFrame(boundary);
      seq++;
    }
    return new Place(position, at, seq, false);
  }

  /** Whether bytes from a boundary to a position hold a whole frame; yes if that is in a file. */
  boolean holdsWholeFrame(long boundary, long position) {
    if (packetBytes > 0) {
      return position - boundary >= packetBytes;
    }
    return boundary < position
        && (boundary < start || reader(boundary).passFrame(boundary) <= position);
  }

  /**
   * The nearest frame of an epoch, at or below a sequence and a position, that is known without a
   * walk; null if the epoch has none there that is held.
   */
  FrameMarks.@Nullable Mark nearest(Epoch epoch, long seq, long position) {
    Segment from = null;
    long last = Math.min(position, published - 1);
    for (Segment segment = oldestHeld(); segment != null; segment = segment.next()) {
      if (segment.firstFrame >= 0
          && segment.firstFrame <= last
          && segment.firstEpoch == epoch
          && segment.firstSeq <= seq) {
        from = segment;
      }
    }
    if (from == null && epoch.position < heldStart()) {
      return null;
    }
    Segment in = from == null ? segmentOf(epoch.position) : from;
    FrameMarks.@Nullable Mark mark = in.marks.of(epoch, seq, position);
    return mark == null
        ? new FrameMarks.Mark(epoch.firstFrame(), epoch, epoch.begins)
        : mark.behindHead();
  }

  /** The frame of a sequence in an epoch that holds it, or null if its bytes are no longer held. */
  @Nullable Place find(Epoch epoch, long seq) {
    if (seq < epoch.begins) {
      return null;
    }
    FrameMarks.@Nullable Mark from = nearest(epoch, seq, published);
    if (from == null) {
      return null;
    }
    try {
      return new Place(passFrames(from.position(), seq - from.seq()), epoch, seq, false);
    } catch (HeldReader.SpillGoneException e) {
      return null;
    }
  }

  /** The position that many frames further on. */
  private long passFrames(long from, long frames) {
    if (frames == 0) {
      return from;
    }
    long at = from;
    HeldReader reader = new HeldReader(segmentOf(from), from);
    for (long i = 0; i < frames; i++) {
      at += Frames.LEN_BYTES + reader.u32(at);
    }
    return at;
  }

  /** The oldest segment, in memory or spilled. */
  private Segment oldestHeld() {
    return spilled.isEmpty() ? first : spilled.getFirst();
  }

  /** Everything that is held, in memory or spilled, is at or behind this position. */
  long heldStart() {
    return heldFrom(start);
  }

  /** The same, were what is in memory to begin there. */
  private long heldFrom(long memoryStart) {
    return spilled.isEmpty() ? memoryStart : spilled.getFirst().base;
  }

  /**
   * A frame boundary.
   *
   * @param position where it is
   * @param epoch the epoch of the frame that begins there, null before the first HEAD
   * @param seq the sequence of that frame, or of the first behind it if it is a HEAD
   * @param isHead whether a HEAD begins there
   */
  public record Place(long position, @Nullable Epoch epoch, long seq, boolean isHead) {}

  /** The segment of the next byte: not the tail while bytes have been taken out. */
  private Segment writeSegment() {
    return segmentFromTail(received);
  }

  private Segment segmentFromTail(long position) {
    return position >= tail.base ? tail : segmentOf(position);
  }
}
