package io.hydrasync.server.internal.delivery;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.internal.limits.ByteQuota;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.Segment;
import io.hydrasync.server.internal.spill.SpillFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Pooled copies of at most 32 KiB, one at a time: what has been given out pins nothing in the log,
 * however long it waits in a full socket. Where a segment has been spilled its bytes come from the
 * file, read on an I/O thread.
 *
 * <p>Every byte passes through {@link FrameTracker}, so that a boundary is known without looking
 * back into memory that may have gone.
 */
final class CopyFeed implements LogFeed {
  /**
   * Bytes of one piece, and of all that may be on its way. With what stands around it, and what an
   * allocator loses, a consumer that does not read stays well below 64 KiB.
   */
  static final int PIECE = 32 << 10;

  /** A piece of this size a consumer may always have, whatever others have. */
  private static final int LEAST_PIECE = 1 << 10;

  /** What is longer takes the memory of a whole piece. */
  private static final int SMALL = 4 << 10;

  private final ByteQuota.Share share;
  private final ByteBufAllocator allocator;
  private final Executor loop;
  private final Executor disk;
  private final Runnable ready;
  private final FrameTracker tracker;
  private Segment segment;
  private @Nullable ByteBuf read;
  private boolean reading;
  private boolean closed;
  private long queued;

  /**
   * A feed.
   *
   * @param place where it begins
   * @param tracker a new one for the frames of this log
   * @param copies what all consumers may have of copies; who gets nothing of it goes on in small
   *     pieces
   * @param loop runs tasks on the consumer's loop, whichever that is by then
   * @param ready called on the loop when bytes from a file have come
   */
  CopyFeed(
      Placement place,
      FrameTracker tracker,
      ByteQuota copies,
      ByteBufAllocator allocator,
      Executor loop,
      Executor disk,
      Runnable ready) {
    this.tracker = tracker;
    share = copies.share(LEAST_PIECE);
    this.allocator = allocator;
    this.loop = loop;
    this.disk = disk;
    this.ready = ready;
    jump(place);
  }

  /** Goes on at another place, which is a frame boundary. What is being read is thrown away. */
  void jump(Placement place) {
    segment = place.segment();
    queued = place.at().position();
    tracker.at(place.stream(), place.seq(), place.isSigned());
    dropRead();
  }

  FrameTracker tracker() {
    return tracker;
  }

  @Override
  public long queued() {
    return queued;
  }

  @Override
  public int window() {
    return PIECE;
  }

  /**
   * One: several copies of odd sizes take an allocator up to twice their bytes, and what is to be
   * kept small here is what a consumer costs that does not read.
   */
  @Override
  public int pieces() {
    return 1;
  }

  @Override
  public @Nullable ByteBuf next(long limit, int most) {
    if (queued >= limit) {
      share.to(0); // nothing is on its way any more: there is one piece at a time
    }
    if (queued >= limit || reading) {
      return null;
    }
    int n = (int) Math.min(limit - queued, Math.min(most, PIECE));
    if (n > LEAST_PIECE && !share.to(PIECE)) {
      n = LEAST_PIECE;
    }
    ByteBuf piece = read == null ? copy(n) : takeRead(n);
    if (piece != null) {
      tracker.pass(piece, piece.readerIndex(), piece.readableBytes());
      queued += piece.readableBytes();
    }
    return piece;
  }

  private @Nullable ByteBuf copy(int most) {
    Segment current = segment;
    while (queued >= current.end()) {
      Segment next = current.next();
      if (next == null) {
        return null;
      }
      current = next;
    }
    segment = current;
    int n = (int) Math.min(most, current.end() - queued);
    if (!current.tryRetain()) {
      SpillFile file = current.spilled();
      if (file != null) {
        readFile(file, queued - current.base, n);
      }
      return null; // from the file soon; or evicted, which the owner is about to tell
    }
    try {
      return newPiece(n).writeBytes(current.bytes().slice((int) (queued - current.base), n));
    } finally {
      current.release();
    }
  }

  /**
   * Memory for a piece. Few sizes: allocators keep the memory of one size from the others, so what
   * thousands of consumers take in all sizes, one after the other, would add up.
   */
  private ByteBuf newPiece(int length) {
    int bytes = length <= SMALL ? length : PIECE;
    return allocator.directBuffer(bytes, bytes);
  }

  private @Nullable ByteBuf takeRead(int most) {
    ByteBuf all = read;
    if (all == null || all.readableBytes() <= most) {
      read = null;
      return all;
    }
    return all.readRetainedSlice(most);
  }

  private void readFile(SpillFile file, long offset, int length) {
    reading = true;
    long at = queued;
    ByteBuf into = newPiece(length);
    disk.execute(
        () -> {
          boolean done = file.read(into, offset, length);
          loop.execute(() -> fileRead(into, at, done));
        });
  }

  private void fileRead(ByteBuf bytes, long at, boolean done) {
    reading = false;
    if (closed || !done) {
      bytes.release(); // if it could not be read, the owner is about to drop this consumer
      return;
    }
    if (at == queued) {
      read = bytes;
    } else {
      bytes.release(); // it has been moved forward meanwhile
    }
    ready.run();
  }

  private void dropRead() {
    ByteBuf last = read;
    if (last != null) {
      read = null;
      last.release();
    }
  }

  @Override
  public long boundary(long limit) {
    return queued + restOfFrame();
  }

  private long restOfFrame() {
    if (tracker.isBetweenFrames()) {
      return 0;
    }
    long rest = tracker.remaining();
    return rest < 0 ? tracker.missingOfLength() : rest;
  }

  /**
   * The rest of a frame that has begun, as far as it is known, from memory that is held.
   *
   * @param from holds the next byte, and is retained like those behind it
   * @return a buffer that the caller owns, or null if no frame has begun
   */
  @Nullable ByteBuf finishFrame(Segment from) {
    long rest = restOfFrame();
    return rest == 0 ? null : take(from, rest);
  }

  /**
   * The length field of the next frame, or a part of it, from memory that is held: {@link
   * #finishFrame} gives the rest.
   *
   * @param from as there
   * @return a buffer that the caller owns
   */
  ByteBuf beginFrame(Segment from) {
    return take(from, Frames.LEN_BYTES);
  }

  private ByteBuf take(Segment from, long most) {
    Segment current = from;
    while (queued >= current.end()) {
      Segment next = current.next();
      if (next == null) {
        throw new IllegalStateException("a frame is not whole");
      }
      current = next;
    }
    int n = (int) Math.min(most, current.end() - queued);
    ByteBuf piece =
        n > PIECE
            ? current.retainedSlice(queued, n)
            : newPiece(n).writeBytes(current.bytes().slice((int) (queued - current.base), n));
    tracker.pass(piece, piece.readerIndex(), n);
    queued += n;
    return piece;
  }

  @Override
  public boolean isIndependent() {
    return true;
  }

  @Override
  public void close() {
    closed = true;
    share.to(0);
    dropRead();
  }
}
