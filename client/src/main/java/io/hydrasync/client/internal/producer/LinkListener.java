package io.hydrasync.client.internal.producer;

import io.hydrasync.client.internal.stream.ProducerStream;

/** Hears of a producer's connections, on the thread that makes them. */
public interface LinkListener {
  /** The connection is lost and being made anew. */
  void reconnecting();

  /**
   * Connected again, and what was not acknowledged has been sent again.
   *
   * @param outcome how the stream goes on; where it is {@code SUPERSEDED} nothing was sent again
   */
  void connected(ProducerStream.Outcome outcome);

  /** Given up, or refused for good. */
  void failed();
}
