package io.hydrasync.cli.command;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.OutputOptions;
import io.hydrasync.cli.console.Progress;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.file.Input;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.pipe.ProducerOptions;
import io.hydrasync.cli.pipe.ProducerWatch;
import io.hydrasync.cli.pipe.Pump;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.client.HydraProducer;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra send}: a file or stdin into a session. */
@Command(
    name = "send",
    sortOptions = false,
    description = {
      "Sends a file or stdin to everybody who has the ticket.",
      "Without a session it makes one that only this process can send into. The ticket, which is"
          + " a secret, is printed on stderr.",
      "It waits for a consumer before it reads anything, for the relay keeps only the last part of"
          + " what nobody takes: --wait-consumers.",
      "Ctrl-C and SIGTERM end the session where a pipe stands; for a file that has not been sent to"
          + " its end, consumers are told that what they have is not the whole.",
      ""
    },
    footer = {
      "",
      "DURATION is a time such as 500ms or 30s.",
      "",
      "Exit codes: 0 all is with the relay, 1 other, 2 usage, 5 authentication, 6 too few consumers"
          + " came within --wait-timeout, 70 out of memory.",
      "",
      "Example:",
      "  tar c photos | hydra send --relay relay.example:4370 --ticket-file ticket"
    })
public final class SendCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = "-",
      description =
          "What to send: a file, a pipe, a descriptor (/dev/fd/N); - is stdin, and the default.")
  private String file = "-";

  @Mixin private ProducerOptions options = new ProducerOptions();

  @Option(names = "--lines", description = "One message a line, up to 64 MiB, without its newline.")
  private boolean lines;

  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Console console = output.console(spec.commandLine())) {
      options.check(
          spec, console, lines ? ProducerOptions.Payload.LIVE : ProducerOptions.Payload.WHOLE);
      send(console);
    }
    return ExitCode.OK;
  }

  private void send(Console console) throws IOException, InterruptedException {
    try (Input input = Input.open(file)) {
      ProducerWatch watch =
          new ProducerWatch(
              spec.commandLine(),
              console,
              () -> input.isPartlyRead() ? options.partialEnding() : options.ending());
      try {
        send(input, console, watch);
      } catch (IOException | InterruptedException | RuntimeException e) {
        if (!watch.isStopping()) { // otherwise a signal has closed the producer
          throw e;
        }
      } finally {
        watch.done(); // what has not been closed by now is given up
      }
    }
  }

  private void send(Input input, Console console, ProducerWatch watch)
      throws IOException, InterruptedException {
    HydraProducer producer = options.connect(spec, console, watch);
    Figures figures = new Figures();
    Progress progress =
        options.progress(producer, figures, lines ? OptionalLong.empty() : input.size());
    if (file.equals("-") && Terminal.isStdin()) {
      console.say(Json.event("typing"), "sending what you type; Ctrl-D ends it");
    } else {
      console.follow(progress); // it would be drawn into what is typed
    }
    new Pump(producer, figures, null).send(input.stream(), lines);
    input.finished();
    watch.finish(options.ending());
    console.summary(progress, "sent", common.isVerbose());
  }
}
