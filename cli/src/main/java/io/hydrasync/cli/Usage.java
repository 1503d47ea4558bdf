package io.hydrasync.cli;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Tells what the user got wrong from what went wrong. */
final class Usage {
  private Usage() {}

  /** Something that only fails with {@link IllegalArgumentException} if the command line is wrong. */
  interface Step<T> {
    T take() throws IOException;
  }

  static <T> T check(CommandSpec spec, Step<T> step) throws IOException {
    try {
      return step.take();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), Failures.describe(e), e);
    }
  }
}
