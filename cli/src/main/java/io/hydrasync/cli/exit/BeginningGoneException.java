package io.hydrasync.cli.exit;

import io.hydrasync.protocol.GapException;
import java.io.IOException;

/** The relay no longer has the beginning of what was to be received from there. */
public final class BeginningGoneException extends IOException {
  private static final long serialVersionUID = 1L;

  public BeginningGoneException(GapException gap) {
    super(what(gap) + "; --from oldest takes what is left", gap);
  }

  private static String what(GapException gap) {
    if (gap.kind() == GapException.Kind.CORRUPT) {
      return gap.getMessage();
    }
    return gap.to() == 1
        ? "the first frame of this stream is gone"
        : "the first " + gap.to() + " frames of this stream are gone";
  }
}
