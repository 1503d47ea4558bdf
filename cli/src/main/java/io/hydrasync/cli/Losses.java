package io.hydrasync.cli;

import io.hydrasync.client.Gap;
import io.hydrasync.protocol.StreamTruncatedException;

/**
 * What recv has been told is missing, where it reports that and goes on. For the thread that
 * receives.
 */
final class Losses {
  private final Console console;
  private final boolean allowed;
  private boolean gaps;
  private boolean truncations;

  /**
   * None so far.
   *
   * @param allowed whether to go on behind them
   */
  Losses(Console console, boolean allowed) {
    this.console = console;
    this.allowed = allowed;
  }

  /** Whether to go on behind what is missing. */
  boolean areAllowed() {
    return allowed;
  }

  void report(Gap gap) {
    gaps = true;
    RecvEvents.tell(console, gap);
  }

  void report(StreamTruncatedException truncation) {
    truncations = true;
    RecvEvents.tell(console, truncation);
  }

  /** For a session that was received to its end: the graver of what was missing. */
  int exitCode() {
    if (truncations) {
      return ExitCode.TRUNCATED; // nobody can know how much was missing there
    }
    return gaps ? ExitCode.GAP : ExitCode.OK;
  }
}
