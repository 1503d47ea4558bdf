package io.hydrasync.cli.completion;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.option.CommonOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
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
      "  source <(hydra completion zsh)      in ~/.zshrc, behind compinit",
      "  hydra completion fish | source      in ~/.config/fish/config.fish"
    })
public final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "bash|zsh|fish", description = "The shell.")
  private Shell shell = Shell.BASH;

  @Mixin private CommonOptions common = new CommonOptions();

  private final Supplier<CommandLine> commands;

  /** Whose script to print. */
  enum Shell {
    /** Of GNU, from 3.2 on. */
    BASH,
    /** From 5 on. */
    ZSH,
    /** From 3 on. */
    FISH
  }

  /**
   * The command.
   *
   * @param commands gives hydra with all of its commands
   */
  public CompletionCommand(Supplier<CommandLine> commands) {
    this.commands = commands;
  }

  @Override
  public Integer call() {
    List<CompletedCommand> all = CompletedCommand.all(commands.get());
    PrintWriter out = EscapedWriter.own(spec.commandLine().getOut());
    String script =
        switch (shell) {
          case BASH -> "# hydra in bash.\n\n" + forSh(all) + text("hydra.bash");
          case ZSH -> "#compdef hydra\n\n" + forSh(all) + text("hydra.zsh");
          case FISH -> "# hydra in fish.\n\n" + text("hydra.fish") + "\n" + FishTable.of(all);
        };
    out.print(script);
    out.flush();
    return ExitCode.OK;
  }

  private static String forSh(List<CompletedCommand> all) {
    return ShTable.of(all) + "\n" + text("walk.sh") + "\n";
  }

  private static String text(String name) {
    try (InputStream in = CompletionCommand.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
