package io.hydrasync.cli.option;

import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that only holds others. */
public abstract class GroupCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public final Integer call() {
    throw new ParameterException(
        spec.commandLine(), "expected one of: " + String.join(", ", spec.subcommands().keySet()));
  }
}
