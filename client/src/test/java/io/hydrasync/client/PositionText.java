package io.hydrasync.client;

/** What a consumer's process leaves to the next one. */
final class PositionText {
  private PositionText() {}

  /** A position as the next process reads it. */
  static StreamPosition writtenAndRead(StreamPosition position) {
    return Position.parse(new Position(position).format()).place();
  }
}
