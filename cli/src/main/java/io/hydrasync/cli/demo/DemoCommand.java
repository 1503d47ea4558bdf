package io.hydrasync.cli.demo;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.FullScreen;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.process.WindowSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
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
      "Drawn live on a terminal of 60 columns or more; elsewhere, or with TERM=dumb, a line a second.",
      "With --cluster three relays share an etcd, which has to be installed; the one that owns the"
          + " session is killed in the middle.",
      ""
    },
    footer = {"", "Examples:", "  hydra demo --seconds 10", "  hydra demo --cluster"})
public final class DemoCommand implements Callable<Integer> {
  private static final double LONGEST = 3_600;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "4",
      description = "For how long. Default: ${DEFAULT-VALUE}.")
  private double seconds = 4;

  @Option(
      names = "--cluster",
      description =
          "Three relays as processes, with an etcd that is started for them and ended with them.")
  private boolean cluster;

  @Mixin private CommonOptions common = new CommonOptions();

  private final Class<?> main;

  /**
   * The command.
   *
   * @param main of this program, of which the relays of a cluster are processes
   */
  public DemoCommand(Class<?> main) {
    this.main = main;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!(seconds >= 0 && seconds <= LONGEST)) {
      throw new ParameterException(spec.commandLine(), "--seconds is 0 to 3600");
    }
    PrintWriter out = Results.of(spec);
    if (cluster) {
      return runCluster(out);
    }
    boolean drawn = EscapedWriter.own(out) instanceof Results && Terminal.isStdout();
    if (!drawn || !Terminal.isCapable()) {
      return run(out, Optional.empty());
    }
    try (FullScreen screen = new FullScreen(out, WindowSize.ofTerminal(), Terminal.hasColours())) {
      return run(out, Optional.of(screen));
    }
  }

  private int runCluster(PrintWriter out) throws IOException, InterruptedException {
    Path etcd =
        LocalEtcd.program(Optional.ofNullable(System.getenv("PATH")).orElse(""))
            .orElseThrow(
                () ->
                    new IOException(
                        "--cluster needs etcd, which is not on the path; install it: apt install"
                            + " etcd-server, brew install etcd, or from https://etcd.io"));
    ClusterDemo.introduction().forEach(out::println);
    out.println();
    out.flush();
    try (LocalCluster relays = new LocalCluster(etcd, main)) {
      return new ClusterDemo(relays, seconds, out).run() ? ExitCode.OK : ExitCode.OTHER;
    }
  }

  private int run(PrintWriter out, Optional<FullScreen> screen)
      throws IOException, InterruptedException {
    try (Demo demo = new Demo(seconds, out, screen)) {
      return demo.run() ? ExitCode.OK : ExitCode.OTHER;
    }
  }
}
