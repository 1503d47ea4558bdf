package io.hydrasync.cli.exit;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Tells what the user got wrong from what went wrong. */
public final class Usage {
  private Usage() {}

  /** A wrong command line of which the message is known to quote no secret. */
  public static final class Wrong extends ParameterException {
    private static final long serialVersionUID = 1L;

    Wrong(CommandSpec spec, IllegalArgumentException cause) {
      super(spec.commandLine(), Failures.describe(cause), cause);
    }
  }

  /**
   * Something that only fails with {@link IllegalArgumentException} if the command line is wrong.
   */
  public interface Step<T> {
    T take() throws IOException;
  }

  public static <T> T check(CommandSpec spec, Step<T> step) throws IOException {
    try {
      return step.take();
    } catch (IllegalArgumentException e) {
      throw new Wrong(spec, e);
    }
  }
}
