package io.hydrasync.cli.console;

import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How much a command says on stderr, and in which form. */
public final class OutputOptions {
  @Option(
      names = "--json",
      description = "Say everything on stderr in JSON: one object a line, each with its \"event\".")
  private boolean json;

  @Option(
      names = {"-q", "--quiet"},
      description = "Say nothing on stderr but errors.")
  private boolean quiet;

  public boolean isJson() {
    return json;
  }

  boolean isQuiet() {
    return quiet;
  }

  /** Where the command talks to its user. */
  public Console console(CommandLine command) {
    return new Console(command, this);
  }

  /** Whether a command that has these options was asked for JSON. */
  static boolean wantsJson(CommandLine command) {
    return command.getCommandSpec().mixins().values().stream()
        .map(mixin -> mixin.userObject())
        .anyMatch(options -> options instanceof OutputOptions output && output.json);
  }
}
