package io.hydrasync.cli.exit;

import java.io.IOException;

/** Not every consumer that had come has been given the end. */
public final class ConsumersLeftException extends IOException {
  private static final long serialVersionUID = 1L;

  public ConsumersLeftException(int without, int all) {
    super(
        without
            + " of "
            + all
            + (all == 1 ? " consumer has" : " consumers have")
            + " not taken all; this relay ends, and nobody can come back to it");
  }
}
