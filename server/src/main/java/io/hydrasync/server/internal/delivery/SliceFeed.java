package io.hydrasync.server.internal.delivery;

import io.hydrasync.server.internal.log.Segment;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.loop.SocketWriter;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Slices of the log itself: the same memory goes to every consumer. Right where the log keeps
 * everything that a cursor needs (BACKPRESSURE, GROW): a slice that waits in a full socket pins
 * nothing that would have gone otherwise.
 */
public final class SliceFeed implements LogFeed {
  /** Enough for a window that reaches over a log's first segments, which are small. */
  private static final int PIECES = 8;

  private final SessionLog log;
  private final int window;
  private Segment segment;
  private long queued;

  public SliceFeed(SessionLog log, Segment segment, long position, int window) {
    this.log = log;
    this.segment = segment;
    this.window = window;
    queued = position;
  }

  @Override
  public long queued() {
    return queued;
  }

  @Override
  public int window() {
    return window;
  }

  @Override
  public int pieces() {
    return PIECES;
  }

  @Override
  public @Nullable ByteBuf next(long limit, int most) {
    Segment current = currentSegment(limit);
    if (current == null) {
      return null;
    }
    int n = (int) Math.min(Math.min(limit, current.end()) - queued, most);
    ByteBuf slice = current.retainedSlice(queued, n);
    queued += n;
    return slice;
  }

  /**
   * Writes the next bytes straight from the log, and gives out as many as the socket has taken.
   *
   * @param limit where they end at the latest; a frame boundary
   * @return whether it has taken all that there were in one segment; if not, {@link #next} gives
   *     the rest
   */
  boolean write(SocketWriter socket, long limit) {
    Segment current = currentSegment(limit);
    if (current == null || !current.tryRetain()) {
      return false;
    }
    try {
      int from = (int) (queued - current.base);
      int n = (int) Math.min(Math.min(limit, current.end()) - queued, window);
      int done = socket.write(current.bytes(), from, from + n);
      queued += done;
      return done == n;
    } catch (IOException e) {
      return false; // what is written next meets it, too, and closes the channel
    } finally {
      current.release();
    }
  }

  @Override
  public long boundary(long limit) {
    Segment current = currentSegment(limit);
    return current == null ? queued : log.boundaryFrom(current, queued);
  }

  /** The segment of the next byte, or null if there is none below the limit. */
  private @Nullable Segment currentSegment(long limit) {
    if (queued >= limit) {
      return null;
    }
    Segment current = segment;
    while (queued >= current.end()) {
      Segment next = current.next();
      if (next == null) {
        return null;
      }
      current = next;
    }
    segment = current;
    return current;
  }

  @Override
  public boolean isIndependent() {
    return false;
  }
}
