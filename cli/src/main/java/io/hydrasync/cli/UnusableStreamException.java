package io.hydrasync.cli;

import java.io.IOException;

/** A command needs stdin or stdout, and has not been given it. */
final class UnusableStreamException extends IOException {
  private static final long serialVersionUID = 1L;

  UnusableStreamException(String message) {
    super(message);
  }
}
