package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.option.CommonOptions;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hydra demo}: everything in one process. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Shows a relay, a producer and three consumers at work, over real TCP in this process.",
      "One consumer falls behind for a second, one comes late; each gets everything, in order.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 each consumer got what was sent, 1 otherwise.",
      "",
      "Example:",
      "  hydra demo --seconds 10"
    })
public final class DemoCommand implements Callable<Integer> {
  private static final double LONGEST = 3_600;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "4",
      description = "For how long. Default: ${DEFAULT-VALUE}.")
  private double seconds = 4;

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!(seconds >= 0 && seconds <= LONGEST)) {
      throw new ParameterException(spec.commandLine(), "--seconds is 0 to 3600");
    }
    try (Demo demo = new Demo(seconds, new DemoScreen(Results.of(spec)))) {
      return demo.run() ? ExitCode.OK : ExitCode.OTHER;
    }
  }
}
