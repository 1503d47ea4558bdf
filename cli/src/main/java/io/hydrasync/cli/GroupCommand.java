package io.hydrasync.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A command that only holds others. */
abstract class GroupCommand implements Callable<Integer> {
  /** What picocli knows of this command. */
  abstract CommandSpec spec();

  @Override
  public final Integer call() {
    throw new ParameterException(
        spec().commandLine(),
        "expected one of: " + String.join(", ", spec().subcommands().keySet()));
  }
}
