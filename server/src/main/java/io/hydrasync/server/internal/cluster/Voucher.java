package io.hydrasync.server.internal.cluster;

import io.hydrasync.server.cluster.SessionEntry;
import java.util.concurrent.TimeUnit;

/**
 * Vouches for an owner that is cut off from the directory. Its key goes with its lease, and an
 * entry whose node has no key is deleted after the linger time as one that nobody takes. An edge
 * whose link works, and says that the producer is there, knows better: it writes the entry again,
 * as live, before that time is over, so that the other nodes wait anew. What {@code highest} and
 * tokens say is not lost, and nobody takes the deletion for the end.
 */
final class Voucher {
  private static final long LEAST = TimeUnit.SECONDS.toNanos(1);

  private final ClusterContext context;
  private boolean vouching;
  private long modRevision;
  private long due;

  Voucher(ClusterContext context) {
    this.context = context;
  }

  /**
   * Looks at the entry.
   *
   * @param isAlive whether its owner is known to be there, with its producer, though it has no key
   * @param revision of the entry: whoever writes it has vouched for it
   */
  void settle(boolean isAlive, long revision, long now) {
    if (isAlive && (!vouching || revision != modRevision)) {
      long most = Math.max(LEAST, context.lingerNanos() / 2);
      modRevision = revision;
      due = now + context.between(most / 2, most); // one of several edges will do
    }
    vouching = isAlive;
  }

  /** Whether the entry is to be written again. */
  boolean isDue(long now) {
    return vouching && now - due >= 0;
  }

  /** What is written. */
  static SessionEntry vouched(SessionEntry entry) {
    return new SessionEntry(
        entry.owner(),
        entry.claim(),
        true,
        entry.epoch(),
        entry.stream(),
        entry.highest(),
        entry.tokens());
  }

  /** When it becomes due. */
  long nextNanos(long now) {
    return vouching && due - now > 0 ? due : Long.MAX_VALUE;
  }
}
