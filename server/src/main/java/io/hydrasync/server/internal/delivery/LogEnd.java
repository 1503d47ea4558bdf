package io.hydrasync.server.internal.delivery;

import io.hydrasync.server.internal.log.SessionLog;

/**
 * How a log ends for a consumer that has taken all of it. The owner of a log publishes its last
 * frames and then says that nothing more comes; the consumer's loop, another one perhaps, has to
 * look the other way round. Looked at in the owner's order, the tail may be that of a moment before
 * and the end that of a moment after, and the frames in between would be missed.
 */
enum LogEnd {
  /** More comes, or there is more to take. */
  NONE,
  /** Nothing more comes into this log; the session has another one. */
  LOG_FINISHED,
  /** The session is over. */
  SESSION_OVER;

  /** What a consumer's loop sees of what the owner of the log does; from any thread. */
  interface Sight {
    boolean isFinished();

    boolean isOver();

    /** The tail: whatever is true of the others, all that came before that is below. */
    long published();
  }

  /** The sight of a log and its session. */
  record SessionSight(SessionLog log, SessionView session) implements Sight {
    @Override
    public boolean isFinished() {
      return log.isFinished();
    }

    @Override
    public boolean isOver() {
      return session.isOver();
    }

    @Override
    public long published() {
      return log.published();
    }
  }

  /**
   * Looks.
   *
   * @param taken position up to which the consumer has taken the log
   */
  static LogEnd of(Sight sight, long taken) {
    boolean finished = sight.isFinished();
    boolean over = sight.isOver();
    if (!finished && !over || taken < sight.published()) { // the tail comes last
      return NONE;
    }
    return finished ? LOG_FINISHED : SESSION_OVER;
  }
}
