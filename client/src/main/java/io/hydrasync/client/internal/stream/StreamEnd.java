package io.hydrasync.client.internal.stream;

/** How the end of a stream stands. */
public enum StreamEnd {
  /** It goes on. If another one comes, this one was truncated. */
  NONE,
  /** Its producer's end has been delivered, and another stream or epoch follows. */
  STREAM,
  /** Its producer's end has been delivered, and the session is over. */
  SESSION
}
