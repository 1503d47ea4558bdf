package io.hydrasync.client;

import java.time.Duration;

/**
 * The stream does not move as it should, though the connection stands. Nothing is lost by that; but
 * somebody who can hold frames back could be doing so. Immutable.
 *
 * @param kind what was noticed
 * @param by how long nothing has come, or how far the producer's clock is from this machine's
 */
public record Stall(Kind kind, Duration by) {
  /** What was noticed. */
  public enum Kind {
    /** The relay says that the producer is connected, but no frame has come, not even a TICK. */
    SILENT,
    /** The producer's TICKs are old, and do not become younger: what comes is late. */
    LATE
  }
}
