package io.hydrasync.cli.exit;

import java.io.IOException;

/** It was over before as many messages had come as were asked for. */
public final class FewerMessagesException extends IOException {
  private static final long serialVersionUID = 1L;

  public FewerMessagesException(long came, long wanted, boolean idle) {
    super(
        came
            + " of "
            + wanted
            + " messages came"
            + (idle ? ", and then nothing for the idle timeout" : " before the end"));
  }
}
