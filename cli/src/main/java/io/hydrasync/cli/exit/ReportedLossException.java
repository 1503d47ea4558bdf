package io.hydrasync.cli.exit;

import java.io.IOException;

/**
 * Messages are missing, and that was reported, before something else ended the command: it stands
 * among what that has suppressed.
 */
public final class ReportedLossException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /**
   * A loss.
   *
   * @param exitCode {@link ExitCode#GAP} or {@link ExitCode#TRUNCATED}
   */
  public ReportedLossException(int exitCode) {
    super("messages are missing, as was reported before");
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
