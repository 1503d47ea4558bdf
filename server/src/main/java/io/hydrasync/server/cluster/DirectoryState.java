package io.hydrasync.server.cluster;

import io.hydrasync.protocol.check.Arguments;

/**
 * How the directory is, for metrics and people. Nothing is to be decided by it: a request tells for
 * itself.
 *
 * @param reachable whether something has been answered lately
 * @param writable whether the last write was not refused, as where the directory is full
 * @param problem what to tell people, empty if there is nothing; no secrets in it
 */
public record DirectoryState(boolean reachable, boolean writable, String problem) {
  /** All is well. */
  public static final DirectoryState GOOD = new DirectoryState(true, true, "");

  /** Nothing has been answered yet. */
  public static final DirectoryState UNKNOWN = new DirectoryState(false, true, "no answer yet");

  /**
   * Checks what is given.
   *
   * @param reachable whether something has been answered lately
   * @param writable whether the last write was not refused, as where the directory is full
   * @param problem what to tell people, empty if there is nothing; no secrets in it
   */
  public DirectoryState {
    Arguments.given(problem, "a problem");
  }
}
