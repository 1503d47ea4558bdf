package io.hydrasync.client;

import io.hydrasync.client.internal.stream.StreamPosition;

/** What a consumer's process leaves to the next one. */
public final class PositionText {
  private PositionText() {}

  /** A position as the next process reads it. */
  public static StreamPosition writtenAndRead(StreamPosition position) {
    return Position.parse(new Position(position).format()).place();
  }
}
