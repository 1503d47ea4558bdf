package io.hydrasync.cli.option;

import picocli.CommandLine.Option;

/** What every command has. */
public final class CommonOptions {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-v", "--verbose"},
      description = "Say more on stderr: figures at the end, and where an error came from.")
  private boolean verbose;

  public boolean isVerbose() {
    return verbose;
  }
}
