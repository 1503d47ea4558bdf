package io.hydrasync.server.internal.log;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.server.internal.limits.RelayLimits;
import io.hydrasync.server.internal.sync.RoomGate;

/**
 * A consumer's place in a log, as the session's owner loop sees it.
 *
 * <p>What it has been given is never seen later than that the log need not keep it: the consumer's
 * loop stores {@code progress} or {@code given} first and {@code position} then, the owner reads
 * them the other way round, all are volatile and rise until the owner gives it another place. So
 * what the log lets go of because cursors have passed it has been given to somebody.
 *
 * <p>The consumer's loop moves it with {@link #moveTo} and {@link #progressTo}; everything else
 * belongs to the owner loop. {@code position} is sequentially consistent: see {@link RoomGate}.
 */
public final class Cursor {
  private final Overflow ownPolicy;

  /** The log need not keep what is below: it is with the kernel, or in a copy. */
  private volatile long position;

  /** Like {@code position}, and what a write in progress has already brought out. */
  private volatile long progress;

  /** Copies up to here are with its connection. */
  private volatile long given;

  // owner loop only
  private SessionLog log;
  private long placedAt;
  private long told;
  private long floor;
  private long joinedAt;
  private long stallMark;
  private long stalledNanos;

  /** How many consumers it stands for: itself, or those behind a link. */
  private int counted = 1;

  /** Whether its place is still to come: until then it stands wherever the log ends. */
  private boolean parked;

  /**
   * A cursor that has no place yet.
   *
   * @param log where it will get one
   * @param ownPolicy what the consumer asked for itself: DROP, SKIP, or DEFAULT
   */
  public Cursor(SessionLog log, Overflow ownPolicy) {
    this.log = log;
    this.ownPolicy = ownPolicy;
    joinedAt = log.published();
  }

  public Overflow ownPolicy() {
    return ownPolicy;
  }

  // ---- the consumer's loop ----

  /** The log need not keep what is below. Returns where it stood before. */
  public long moveTo(long next) {
    long before = position;
    position = next;
    return before;
  }

  public void progressTo(long next) {
    progress = next;
  }

  /** A copy that ends here is with its connection; {@link #moveTo} follows. */
  public void gave(long next) {
    given = next;
  }

  /** Up to where the log is with the kernel, as far as its loop has noticed. From any thread. */
  public long progress() {
    return progress;
  }

  // ---- the owner loop ----

  /** The log that its place is in. */
  public SessionLog log() {
    return log;
  }

  /** The log need not keep what is below. */
  public long position() {
    return parked ? log.published() : Math.max(position, floor);
  }

  /** It is a link's, with so many consumers behind it: nobody else waits for one without any. */
  public void countsFor(int consumers) {
    counted = consumers;
  }

  /** How many consumers it stands for. */
  public int counted() {
    return counted;
  }

  /** What its consumer has still to take. */
  public long untaken() {
    return Math.max(0, log.published() - position());
  }

  /** Bytes that have come in since it joined and that it has not taken. */
  public long lag() {
    return log.published() - Math.max(position(), joinedAt);
  }

  /**
   * Tells the log what it has been given since the last call, once that is a whole frame. Returns
   * up to where that is.
   */
  public long tellTaken() {
    if (parked) {
      return log.published();
    }
    long now = Math.max(progress, given);
    if (counted == 0) {
      return now; // nobody has taken it
    }
    if (now > told && (told > placedAt || log.holdsWholeFrame(told, now))) {
      log.unread().taken(told, now);
      told = now;
    }
    return now;
  }

  /** Whether it has been moved forward and has been given nothing but this much since. */
  public boolean isMoving(long taken) {
    return floor > taken;
  }

  /** It is being moved forward to here: the log need not keep what is below. */
  public void raiseFloor(long target) {
    floor = target;
  }

  /** Its place is still to come: nothing is kept for it, and nobody waits for it. */
  public void park(SessionLog in) {
    placeAt(in, in.published());
    parked = true;
  }

  /** It gets a place; its consumer's loop does not move it meanwhile. */
  public void placeAt(SessionLog in, long start) {
    if (log != in) {
      joinedAt = 0;
    }
    log = in;
    parked = false;
    floor = start;
    position = start;
    progress = start;
    given = start;
    placedAt = start;
    told = start;
    stallMark = start;
    stalledNanos = 0;
  }

  /**
   * Whether it has been in the way for too long.
   *
   * @param stepNanos time since the last call, during which it was in the way
   * @param limitNanos in which it must take 1 MiB, or its backlog if that is less
   */
  public boolean stalls(long stepNanos, long limitNanos) {
    if (parked) {
      return false;
    }
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
