package io.hydrasync.cli.exit;

import java.io.IOException;

/** Whoever read stdout has gone. */
public final class BrokenPipeException extends IOException {
  private static final long serialVersionUID = 1L;

  BrokenPipeException(IOException cause) {
    super("nobody reads the output any more", cause);
  }
}
