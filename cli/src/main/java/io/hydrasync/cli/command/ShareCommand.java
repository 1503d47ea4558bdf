package io.hydrasync.cli.command;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.OutputOptions;
import io.hydrasync.cli.console.Progress;
import io.hydrasync.cli.exec.Commands;
import io.hydrasync.cli.exec.GraceOption;
import io.hydrasync.cli.exec.PipedCommand;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.NotRunException;
import io.hydrasync.cli.file.StandardStream;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.pipe.ProducerOptions;
import io.hydrasync.cli.pipe.ProducerWatch;
import io.hydrasync.cli.pipe.Pump;
import io.hydrasync.client.HydraProducer;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra share}: what a command prints into a session. */
@Command(
    name = "share",
    sortOptions = false,
    customSynopsis = "hydra share [OPTIONS] [--] CMD [ARG...]",
    description = {
      "Runs a command and sends what it prints to everybody who has the ticket.",
      "Its stderr and stdin are those of this terminal. The session ends when its output does,"
          + " whatever its exit code, and when Ctrl-C, SIGTERM or SIGHUP stops it. The command is ended"
          + " first then, with all that it has started: --exec-grace.",
      ""
    },
    footer = {
      "",
      "DURATION is a time such as 500ms or 30s.",
      "",
      "Example:",
      "  hydra share --relay relay.example:4370 --ticket-file ticket --tee -- make test"
    })
public final class ShareCommand implements Callable<Integer> {
  private static final long REST_MILLIS = 2_000;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "CMD", description = "The command and its arguments.")
  private List<String> command = new ArrayList<>();

  @Mixin private ProducerOptions options = new ProducerOptions();

  @Option(names = "--tee", description = "Print the output here as well.")
  private boolean tee;

  @Option(names = "--lines", description = "One message a line, up to 64 MiB, without its newline.")
  private boolean lines;

  @Mixin private GraceOption grace = new GraceOption();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable PipedCommand piped;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Console console = output.console(spec.commandLine())) {
      if (tee) {
        StandardStream.STDOUT.require();
      }
      ProducerOptions.Payload payload =
          lines ? ProducerOptions.Payload.LINES : ProducerOptions.Payload.LIVE;
      options.check(spec, console, payload);
      Commands commands = grace.commands(console);
      ProducerWatch watch = new ProducerWatch(spec.commandLine(), console, () -> stop(commands));
      try {
        return share(console, watch, commands);
      } catch (IOException | InterruptedException | RuntimeException e) {
        if (watch.isStopping()) {
          return ExitCode.OTHER; // not used: a signal has closed the producer
        }
        throw e;
      } finally {
        ended.countDown();
        commands.close();
        dropRest();
        watch.done();
      }
    }
  }

  private int share(Console console, ProducerWatch watch, Commands commands)
      throws IOException, InterruptedException {
    HydraProducer producer = options.connect(spec, console, watch);
    Figures figures = new Figures();
    Progress progress = options.progress(producer, figures, OptionalLong.empty());
    PipedCommand running = start(commands);
    piped = running;
    if (!tee) {
      console.follow(progress); // it would be drawn into the output
    }
    new Pump(producer, figures, tee ? new FileOutputStream(FileDescriptor.out) : null)
        .send(running.output(), lines);
    int code = running.process().waitFor();
    commands.done();
    ended.countDown();
    watch.finish(options.ending());
    console.summary(progress, "sent", common.isVerbose());
    return code;
  }

  private PipedCommand start(Commands commands) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      return PipedCommand.start(builder, commands);
    } catch (IOException e) {
      throw new NotRunException(command.get(0), e);
    }
  }

  /** The command ends first, and what it has printed by then still belongs to the session. */
  private ProducerWatch.Ending stop(Commands commands) {
    try {
      if (commands.close()) {
        ended.await(REST_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    dropRest();
    return options.ending();
  }

  private void dropRest() {
    PipedCommand last = piped;
    if (last != null) {
      last.close();
    }
  }
}
