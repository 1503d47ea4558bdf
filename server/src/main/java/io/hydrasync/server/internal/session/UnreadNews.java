package io.hydrasync.server.internal.session;

import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When a producer's connection is told of frames that nobody took: at once if it knows of none,
 * then when there are more than it knows of, at most once a second, and once more behind BYE.
 * Confined to the connection's loop.
 */
final class UnreadNews {
  private static final long AT_MOST_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private long stream;
  private long known;
  private boolean told;
  private long toldNanos;

  /** What to tell now, or null. */
  @Nullable UnreadMessage next(@Nullable UnreadMessage now, long nowNanos) {
    boolean tooSoon = told && nowNanos - toldNanos < AT_MOST_EVERY_NANOS;
    if (!hasGrown(now) || tooSoon) {
      return null;
    }
    known = now.unread();
    told = true;
    toldNanos = nowNanos;
    return now;
  }

  /** What to tell behind BYE, whenever the last news went, or null. */
  @Nullable UnreadMessage last(@Nullable UnreadMessage now) {
    return hasGrown(now) ? now : null;
  }

  private boolean hasGrown(@Nullable UnreadMessage now) {
    if (now == null) {
      known = 0;
      return false;
    }
    // a new stream counts anew, and frames that come again have not been lost
    known = now.stream() == stream ? Math.min(known, now.unread()) : 0;
    stream = now.stream();
    return now.unread() > known;
  }
}
