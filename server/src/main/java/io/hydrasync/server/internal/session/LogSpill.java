package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.check.Reasons;
import io.hydrasync.server.internal.log.Segment;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.services.RelayServices;
import io.hydrasync.server.internal.spill.SpillFile;
import io.hydrasync.server.internal.spill.SpillStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The spilled part of a session's log: its oldest segments, one file each, for the consumers that
 * still need them. One segment is written at a time, on the store's thread; everything else is on
 * the session's owner loop.
 */
final class LogSpill {
  private static final Logger LOG = LoggerFactory.getLogger(LogSpill.class);

  private final RelayServices services;
  private boolean writing;

  /** Bytes on disk or on their way there. */
  private long used;

  LogSpill(RelayServices services) {
    this.services = services;
  }

  /**
   * Sees to it that the oldest segment is being written.
   *
   * @param giveUp called if it cannot be: the quota is used up, or the disk fails
   */
  void start(Session session, Runnable giveUp) {
    SessionLog log = session.log();
    Segment oldest = log.oldestPublished();
    if (writing || oldest == null) {
      return;
    }
    SpillStore store = open(session);
    if (store == null) {
      session.execute(giveUp);
      return;
    }
    boolean withinOwn = used + oldest.capacity <= services.overflow().sessionSpillBytes();
    if (!withinOwn || !store.tryReserve(oldest.capacity)) {
      if (services
          .operations()
          .closeLog()
          .mayWrite()) { // once for each segment, so clients can repeat it
        LOG.warn(
            "session {}: the {} spill quota is used up, dropping the consumers that lag",
            session.name().logName(),
            withinOwn ? "relay's" : "session's");
      }
      session.execute(giveUp);
      return;
    }
    used += oldest.capacity;
    writing = true;
    oldest.tryRetain();
    store
        .disk()
        .execute(
            services
                .fatalErrors()
                .guard(
                    () -> {
                      @Nullable SpillFile file = write(session, oldest, store);
                      oldest.release();
                      session.execute(() -> written(session, log, oldest, file, giveUp));
                    }));
  }

  /** The place to spill to, made at the first use, or null if that fails. */
  private @Nullable SpillStore open(Session session) {
    try {
      return services.spill().store();
    } catch (UncheckedIOException e) {
      LOG.warn(
          "session {}: there is no place to spill to, dropping the consumers that lag: {}",
          session.name().logName(),
          Reasons.of(e));
      return null;
    }
  }

  /** On the store's thread. */
  private @Nullable SpillFile write(Session session, Segment segment, SpillStore store) {
    try {
      return SpillFile.write(
          store.newFile(),
          store.isTemporary(),
          segment.bytes().duplicate().clear(),
          e -> readFailed(session, e));
    } catch (IOException | RuntimeException | Error e) {
      services.fatalErrors().note(e);
      // Whatever it is: the session waits for this answer.
      LOG.warn(
          "session {}: spilling to disk failed, dropping the consumers that lag: {}",
          session.name().logName(),
          Reasons.of(e));
      return null;
    }
  }

  private void readFailed(Session session, IOException problem) {
    services.fatalErrors().note(problem);
    LOG.warn(
        "session {}: reading what was spilled failed: {}",
        session.name().logName(),
        Reasons.of(problem));
    session.execute(session.readers()::dropSpilled);
  }

  private void written(
      Session session, SessionLog log, Segment segment, @Nullable SpillFile file, Runnable giveUp) {
    writing = false;
    if (file == null) {
      release(segment.capacity);
      giveUp.run();
    } else if (session.log() == log && log.oldestPublished() == segment) {
      if (!log.spilled(file)) {
        delete(file);
        giveUp.run();
        return;
      }
      services.operations().counters().overflow(Overflow.SPILL);
      session.room().spilled();
    } else { // nobody needs it any more, but somebody may wait for the next to be written
      delete(file);
      session.room().spilled();
    }
  }

  /** Lets go of files that nobody needs. */
  void trim(SessionLog log, long needed) {
    List<SpillFile> gone = log.trimSpilled(needed);
    gone.forEach(this::delete);
  }

  private void delete(SpillFile file) {
    release(file.length());
    services.spill().store().disk().execute(services.fatalErrors().guard(file::delete));
  }

  private void release(long bytes) {
    used -= bytes;
    services.spill().store().release(bytes);
  }
}
