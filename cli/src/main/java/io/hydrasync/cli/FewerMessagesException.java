package io.hydrasync.cli;

import java.io.IOException;

/** It was over before as many messages had come as were asked for. */
final class FewerMessagesException extends IOException {
  private static final long serialVersionUID = 1L;

  FewerMessagesException(long came, long wanted, boolean idle) {
    super(
        came
            + " of "
            + wanted
            + " messages came"
            + (idle ? ", and then nothing for the idle timeout" : " before the end"));
  }
}
