package io.hydrasync.server.internal.log;

import org.jspecify.annotations.Nullable;

/**
 * Where a link goes on whose mirror has got to a sequence of an epoch ({@code wire2.md} section
 * 14): there, or at the HEAD of the next epoch that is held, or at the oldest that is. On the log's
 * owner loop.
 */
public final class LinkPlace {
  private final SessionLog log;
  private final SessionLog.Place oldest;

  /**
   * Looks in a log.
   *
   * @param oldest the first boundary held, of a log that has an epoch
   */
  public LinkPlace(SessionLog log, SessionLog.Place oldest) {
    this.log = log;
    this.oldest = oldest;
  }

  /**
   * Finds the place.
   *
   * @param epoch the mirror's last
   * @param seq the next frame of it that the mirror wants
   * @return null if it is still to come
   */
  public SessionLog.@Nullable Place find(long epoch, long seq) {
    for (Epoch held : log.epochs()) {
      if (held.head.epoch() == epoch) {
        return within(held, seq);
      }
      if (Long.compareUnsigned(held.head.epoch(), epoch) > 0) {
        boolean isWhole = held.position >= oldest.position() && !held.beginsLate();
        return isWhole ? log.placeAt(held.position) : oldest;
      }
    }
    return oldest;
  }

  private SessionLog.@Nullable Place within(Epoch held, long seq) {
    if (seq >= held.next) {
      if (held != log.lastEpoch()) {
        return log.placeAt(held.end);
      }
      return seq == held.next ? log.placeAt(log.published()) : null;
    }
    SessionLog.Place found = log.find(held, seq);
    return found == null ? oldest : found;
  }
}
