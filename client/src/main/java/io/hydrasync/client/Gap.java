package io.hydrasync.client;

import io.hydrasync.protocol.GapException;

/**
 * Frames that were not delivered and will not be. How many messages they held is not known.
 * Immutable.
 *
 * @param stream the stream's name
 * @param from sequence of the first missing frame
 * @param to sequence behind the last missing frame
 * @param kind why they are missing
 */
public record Gap(long stream, long from, long to, GapException.Kind kind) {
  static Gap of(GapException event) {
    return new Gap(event.stream(), event.from(), event.to(), event.kind());
  }
}
