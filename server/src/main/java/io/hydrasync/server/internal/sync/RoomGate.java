package io.hydrasync.server.internal.sync;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Where a writer whose log is full waits for cursors to pass a position.
 *
 * <p>The writer calls {@link #close} and then looks at the cursors once more; a cursor stores its
 * position and then calls {@link #passed}. All of these are sequentially consistent, so either the
 * writer sees the position or the cursor sees the gate: no resume is lost.
 */
public final class RoomGate {
  private static final long OPEN = Long.MAX_VALUE;

  private final AtomicLong until = new AtomicLong(OPEN);

  /** The writer waits until the cursors have passed a position. */
  public void close(long position) {
    until.set(position);
  }

  /** The writer goes on. */
  public void open() {
    until.set(OPEN);
  }

  /**
   * A cursor has moved from one position to another and has stored it. True if that may let the
   * writer go on, so that it has to be woken.
   */
  public boolean passed(long from, long to) {
    long position = until.get();
    return from < position && position <= to;
  }
}
