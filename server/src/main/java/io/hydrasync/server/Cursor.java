package io.hydrasync.server;

import io.hydrasync.protocol.Overflow;

/**
 * A consumer's place in a log, as the session's owner loop sees it.
 *
 * <p>The consumer's loop moves it with {@link #moveTo} and {@link #progressTo}; everything else
 * belongs to the owner loop. {@code position} is sequentially consistent: see {@link RoomGate}.
 */
final class Cursor {
  private final Overflow ownPolicy;

  /** The log need not keep what is below: it is with the kernel, or in a copy. */
  private volatile long position;

  /** Like {@code position}, and what a write in progress has already brought out. */
  private volatile long progress;

  // owner loop only
  private SessionLog log;
  private long floor;
  private long joinedAt;
  private long stallMark;
  private long stalledNanos;

  /**
   * A cursor that has no place yet.
   *
   * @param log where it will get one
   * @param ownPolicy what the consumer asked for itself: DROP, SKIP, or DEFAULT
   */
  Cursor(SessionLog log, Overflow ownPolicy) {
    this.log = log;
    this.ownPolicy = ownPolicy;
    joinedAt = log.published();
  }

  Overflow ownPolicy() {
    return ownPolicy;
  }

  // ---- the consumer's loop ----

  /** The log need not keep what is below. Returns where it stood before. */
  long moveTo(long next) {
    long before = position;
    position = next;
    return before;
  }

  void progressTo(long next) {
    progress = next;
  }

  // ---- the owner loop ----

  /** The log that its place is in. */
  SessionLog log() {
    return log;
  }

  /** The log need not keep what is below. */
  long position() {
    return Math.max(position, floor);
  }

  /** Bytes that have come in since it joined and that it has not taken. */
  long lag() {
    return log.published() - Math.max(position(), joinedAt);
  }

  /** It is being moved forward to here: the log need not keep what is below. */
  void raiseFloor(long target) {
    floor = target;
  }

  /** It gets a place; its consumer's loop does not move it meanwhile. */
  void placeAt(SessionLog in, long start) {
    if (log != in) {
      joinedAt = 0;
    }
    log = in;
    floor = start;
    position = start;
    progress = start;
    stallMark = start;
    stalledNanos = 0;
  }

  /**
   * Whether it has been in the way for too long.
   *
   * @param stepNanos time since the last call, during which it was in the way
   * @param limitNanos in which it must take 1 MiB, or its backlog if that is less
   */
  boolean stalls(long stepNanos, long limitNanos) {
    long seen = progress;
    long backlog = Math.max(1, log.published() - position());
    if (seen - stallMark >= Math.min(RelayLimits.STALL_BYTES, backlog)) {
      stallMark = seen;
      stalledNanos = 0;
      return false;
    }
    stalledNanos += stepNanos;
    return stalledNanos > limitNanos;
  }
}
