package io.hydrasync.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The stream does not move as it should, though the connection stands. Nothing is lost by that; but
 * somebody who can hold frames back could be doing so. Immutable.
 *
 * @param kind what was noticed
 * @param by how long nothing has come, or how far the producer's clock is from this machine's
 * @param sentAt for {@link Kind#LATE}: when the newest TICK was sent, by the producer's clock; if
 *     that is to come by this machine's, nothing is late and one of the two is wrong
 */
public record Stall(Kind kind, Duration by, Optional<Instant> sentAt) {
  /** What was noticed. */
  public enum Kind {
    /** The relay says that the producer is connected, but no frame has come, not even a TICK. */
    SILENT,
    /** The producer's TICKs are old, and do not become younger: what comes is late. */
    LATE
  }
}
