package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.DirectoryException;
import io.hydrasync.server.cluster.SessionEntry;
import io.hydrasync.server.cluster.Versioned;
import io.hydrasync.server.cluster.WriteOutcome;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session's requests to the directory, one at a time. Where one has failed there is a pause, up
 * to a second, and behind a write whose end is not known a read.
 */
final class Requests {
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MOST = TimeUnit.SECONDS.toNanos(1);

  private final ClusterContext context;
  private final SessionEffects<?> effects;
  private final Known known;
  private boolean open;
  private boolean writes;
  private @Nullable SessionEntry writing;
  private long pause = LEAST;
  private boolean pausing;
  private long againAt;

  Requests(ClusterContext context, SessionEffects<?> effects, Known known) {
    this.context = context;
    this.effects = effects;
    this.known = known;
  }

  /** Whether one is on its way. */
  boolean isOpen() {
    return open;
  }

  boolean mayAsk(long now) {
    pausing &= againAt - now > 0;
    return !open && !pausing;
  }

  long nextNanos(long now) {
    return !open && pausing && againAt - now > 0 ? againAt : Long.MAX_VALUE;
  }

  private void begin(boolean write, @Nullable SessionEntry entry) {
    open = true;
    writes = write;
    writing = entry;
    known.asked();
  }

  void read() {
    begin(false, null);
    effects.read();
  }

  void write(SessionEntry entry) {
    begin(true, entry);
    effects.write(known.modRevision(), entry);
  }

  void delete() {
    begin(true, null);
    effects.delete(known.modRevision());
  }

  void readAnswered(Optional<Versioned<SessionEntry>> entry) {
    open = false;
    pause = LEAST;
    known.read(entry);
  }

  void writeAnswered(WriteOutcome outcome) {
    open = false;
    pause = LEAST;
    if (outcome instanceof WriteOutcome.Written done) {
      known.written(writing, done.revision());
    } else if (outcome instanceof WriteOutcome.Conflict conflict) {
      known.read(conflict.current());
    }
  }

  void failed(DirectoryException.Kind kind, long now) {
    open = false;
    pausing = true;
    againAt = now + context.between(pause / 2, pause);
    pause = Math.min(MOST, 2 * pause);
    if (writes && kind != DirectoryException.Kind.NOT_WRITABLE) {
      known.doubt();
    }
  }
}
