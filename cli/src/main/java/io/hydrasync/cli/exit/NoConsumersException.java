package io.hydrasync.cli.exit;

import io.hydrasync.protocol.check.UnitText;
import java.io.IOException;

/** The time is over, and not all came who were to be waited for. */
public final class NoConsumersException extends IOException {
  private static final long serialVersionUID = 1L;

  public NoConsumersException(int came, int wanted) {
    super(
        came
            + " of "
            + UnitText.count(wanted, "consumer")
            + " came in time; the session was given up");
  }
}
