package io.hydrasync.cli.exec;

import io.hydrasync.cli.console.Console;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** How long a command may take to end when hydra does. */
public final class GraceOption {
  private static final String NAME = "--exec-grace";

  @Option(
      names = NAME,
      paramLabel = "DURATION",
      defaultValue = "5s",
      description =
          "When hydra ends before the command, by a signal or an error, the command and all that it"
              + " has started get SIGTERM, and SIGKILL after so long, or at a second signal. Who has"
              + " heard of it by Ctrl-C gets SIGTERM after half of it only. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration grace = Duration.ofSeconds(5);

  public boolean isGiven(CommandSpec spec) {
    return spec.commandLine().getParseResult().hasMatchedOption(NAME);
  }

  /** For the commands of this process, which hear its signals from now on. */
  public Commands commands(Console console) {
    Commands commands = new Commands(grace, console);
    commands.hearSignals();
    return commands;
  }
}
