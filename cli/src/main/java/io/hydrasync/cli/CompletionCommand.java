package io.hydrasync.cli;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.option.CommonOptions;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra completion}: for the shell. */
@Command(
    name = "completion",
    sortOptions = false,
    description = {"Prints a script that lets the shell complete hydra's command line.", ""},
    footer = {
      "",
      "Examples:",
      "  source <(hydra completion bash)     in ~/.bashrc",
      "  source <(hydra completion zsh)      in ~/.zshrc, behind compinit"
    })
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "bash|zsh", description = "The shell.")
  private Shell shell = Shell.BASH;

  @Mixin private CommonOptions common = new CommonOptions();

  /** Whose script to print. */
  enum Shell {
    /** Of GNU. */
    BASH,
    /** Which runs the script for bash, with bashcompinit. */
    ZSH
  }

  @Override
  public Integer call() {
    PrintWriter out = EscapedWriter.own(spec.commandLine().getOut());
    if (shell == Shell.ZSH) {
      out.println("autoload -U +X bashcompinit && bashcompinit");
    }
    out.print(AutoComplete.bash("hydra", Main.commandLine()));
    out.flush();
    return ExitCode.OK;
  }
}
