package io.hydrasync.client;

/** How a producer's connection to its relay is, for {@code onStateChange}. */
public enum ProducerState {
  /** Connected; all that had not been acknowledged has been sent again. */
  CONNECTED,
  /** The connection is lost and being made anew. Sending blocks meanwhile. */
  RECONNECTING,
  /**
   * Connected again, but somebody else had written into the session meanwhile: a new stream has
   * been opened, and what was not acknowledged is not sent again.
   */
  SUPERSEDED,
  /** Given up, or refused for good: every call fails from now on. */
  FAILED
}
