package io.hydrasync.cli.exit;

import java.io.IOException;

/** A command needs stdin or stdout, and has not been given it. */
public final class UnusableStreamException extends IOException {
  private static final long serialVersionUID = 1L;

  public UnusableStreamException(String message) {
    super(message);
  }
}
