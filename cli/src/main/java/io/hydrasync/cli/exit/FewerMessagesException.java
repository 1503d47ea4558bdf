package io.hydrasync.cli.exit;

import io.hydrasync.protocol.check.UnitText;
import java.io.IOException;
import java.util.Locale;

/** It was over before as many messages had come as were asked for. */
public final class FewerMessagesException extends IOException {
  private static final long serialVersionUID = 1L;

  public FewerMessagesException(long came, long wanted, boolean idle) {
    super(
        String.format(Locale.ROOT, "%,d of %s came", came, UnitText.count(wanted, "message"))
            + (idle ? ", and then nothing for the idle timeout" : " before the end"));
  }
}
