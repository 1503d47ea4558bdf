package io.hydrasync.cli.here;

import io.hydrasync.server.ConsumerStatus;
import java.time.Duration;
import java.util.Optional;

/**
 * A consumer's connection at one moment.
 *
 * @param taken up to where it has been given the session
 * @param age since it joined
 * @param goneFor since it is gone; empty while it is there
 */
record Visit(long id, String peer, long taken, Duration age, Optional<Duration> goneFor) {
  static Visit of(ConsumerStatus status) {
    return new Visit(
        status.id(), status.peer(), status.takenBytes(), status.age(), status.goneFor());
  }

  boolean isThere() {
    return goneFor.isEmpty();
  }

  /** The machine, without the port. */
  String host() {
    return peer.substring(0, Math.max(0, peer.lastIndexOf(':')));
  }

  /** Whether it ended without the end before another one came from the same machine. */
  boolean isGoneOnIn(Visit next, long end) {
    return taken < end
        && goneFor.filter(gone -> gone.compareTo(next.age) >= 0).isPresent()
        && host().equals(next.host());
  }
}
