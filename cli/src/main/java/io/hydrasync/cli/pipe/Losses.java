package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.ReportedLossException;
import io.hydrasync.client.Gap;
import io.hydrasync.protocol.StreamTruncatedException;

/**
 * What recv has been told is missing, where it reports that and goes on. For the thread that
 * receives.
 */
public final class Losses {
  private final Console console;
  private final boolean allowed;
  private boolean gaps;
  private boolean truncations;

  /**
   * None so far.
   *
   * @param allowed whether to go on behind them
   */
  public Losses(Console console, boolean allowed) {
    this.console = console;
    this.allowed = allowed;
  }

  /** Whether to go on behind what is missing. */
  boolean areAllowed() {
    return allowed;
  }

  public void report(Gap gap) {
    gaps = true;
    RecvEvents.tell(console, gap);
  }

  public void report(StreamTruncatedException truncation) {
    truncations = true;
    RecvEvents.tell(console, truncation);
  }

  /**
   * Something else ends it: adds what was reported before, which the exit code has to tell, too.
   */
  void addTo(Exception failure) {
    if (exitCode() != ExitCode.OK) {
      failure.addSuppressed(new ReportedLossException(exitCode()));
    }
  }

  /** For a session that was received to its end: the graver of what was missing. */
  public int exitCode() {
    if (truncations) {
      return ExitCode.TRUNCATED; // nobody can know how much was missing there
    }
    return gaps ? ExitCode.GAP : ExitCode.OK;
  }
}
