package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;

/**
 * A value, and the revision at which it was written. Revisions rise with each write to the
 * directory, whatever it is for.
 *
 * @param <T> what it is
 * @param value what was written
 * @param modRevision the revision of the write, at least 1
 */
public record Versioned<T>(T value, long modRevision) {
  /**
   * Checks what is given.
   *
   * @param value what was written
   * @param modRevision the revision of the write, at least 1
   * @throws IllegalArgumentException if the revision is below 1
   */
  public Versioned {
    Arguments.given(value, "a value");
    Arguments.atLeast(modRevision, "a revision", 1L);
  }
}
