package io.hydrasync.cli.exit;

import java.io.IOException;

/** A command that is not there, or not to be run. */
public final class NotRunException extends IOException {
  private static final long serialVersionUID = 1L;

  public NotRunException(String command, IOException cause) {
    super("cannot run " + command + ": is it installed, and spelt right?", cause);
  }
}
