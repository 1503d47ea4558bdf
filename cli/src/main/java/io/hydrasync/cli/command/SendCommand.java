package io.hydrasync.cli.command;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.OutputOptions;
import io.hydrasync.cli.console.Progress;
import io.hydrasync.cli.exit.ConsumersLeftException;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.file.Input;
import io.hydrasync.cli.here.HereOptions;
import io.hydrasync.cli.here.HereRelay;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.pipe.ProducerOptions;
import io.hydrasync.cli.pipe.ProducerWatch;
import io.hydrasync.cli.pipe.Pump;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionId;
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
      "With --classic from 1.0.0-beta.7 on it sends packets of one length, which the relay says: a file"
          + " whose size is no multiple of it is refused before anything is sent, and where a pipe"
          + " ends within a packet, what is whole is sent, the session breaks off, and the exit code"
          + " is 1.",
      "Ctrl-C and SIGTERM end the session where a pipe stands; for a file that has not been sent to"
          + " its end, consumers are told that what they have is not the whole.",
      ""
    },
    footer = {
      "",
      "DURATION is a time such as 500ms or 30s.",
      "",
      "Examples:",
      "  tar c photos | hydra send --relay relay.example:4370 --ticket-file ticket",
      "  hydra send --here photos.tar"
    })
public final class SendCommand implements Callable<Integer> {
  private static final String SENT = "sent";

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

  @Mixin private HereOptions here = new HereOptions();
  @Mixin private OutputOptions output = new OutputOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  private volatile Figures figures = new Figures();

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (Console console = output.console(spec.commandLine())) {
      ProducerOptions.Payload payload =
          lines ? ProducerOptions.Payload.LINES : ProducerOptions.Payload.WHOLE;
      Usage.check(
          spec,
          () -> {
            here.check(spec);
            return here;
          });
      if (here.isGiven()) {
        sendHere(console, options.checkHere(spec, console, payload));
      } else {
        options.check(spec, console, payload);
        send(console);
      }
    }
    return ExitCode.OK;
  }

  private void send(Console console) throws IOException, InterruptedException {
    try (Input input = Input.open(file)) {
      if (!lines) {
        options.checkFits(input.size());
      }
      ProducerWatch watch = watch(console, input);
      attempt(
          watch,
          () -> {
            HydraProducer producer = options.connect(spec, console, watch);
            figures = new Figures();
            Progress progress = options.progress(producer, figures, total(input));
            pump(input, console, producer, progress);
            watch.finish(options.ending());
            console.summary(progress, SENT, common.isVerbose());
          });
    }
  }

  private void sendHere(Console console, SessionId session)
      throws IOException, InterruptedException {
    try (Input input = Input.open(file);
        HereRelay relay = Usage.check(spec, () -> here.start(session))) {
      ProducerWatch watch = watch(console, input);
      watch.afterwards(
          () -> {
            relay.end();
            relay.tellConsumers(console, figures.bytes(), total(input));
          });
      attempt(
          watch,
          () -> {
            HydraProducer producer = options.connectHere(spec, console, watch, relay);
            figures = new Figures();
            Progress progress =
                options
                    .progress(producer, figures, total(input))
                    .measuring(() -> relay.delivered(figures.bytes()));
            pump(input, console, producer, progress);
            watch.finish(options.ending());
            awaitConsumers(relay, console, total(input));
            console.summary(progress, SENT, common.isVerbose());
          });
    }
  }

  private void awaitConsumers(HereRelay relay, Console console, OptionalLong total)
      throws IOException, InterruptedException {
    try {
      relay.awaitConsumers(console);
    } catch (ConsumersLeftException e) {
      relay.tellConsumers(console, figures.bytes(), total);
      throw e;
    }
  }

  private ProducerWatch watch(Console console, Input input) {
    return new ProducerWatch(
        spec.commandLine(),
        console,
        () -> input.isPartlyRead() ? options.partialEnding() : options.ending());
  }

  private OptionalLong total(Input input) {
    return lines ? OptionalLong.empty() : input.size();
  }

  private interface Sending {
    void run() throws IOException, InterruptedException;
  }

  private static void attempt(ProducerWatch watch, Sending sending)
      throws IOException, InterruptedException {
    try {
      sending.run();
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (!watch.isStopping()) { // otherwise a signal has closed the producer
        throw e;
      }
    } finally {
      watch.done(); // what has not been closed by now is given up
    }
  }

  private void pump(Input input, Console console, HydraProducer producer, Progress progress)
      throws IOException {
    if (file.equals("-") && Terminal.isStdin()) {
      console.say(Json.event("typing"), "sending what you type; Ctrl-D ends it");
    } else {
      console.follow(progress); // it would be drawn into what is typed
    }
    new Pump(producer, progress.figures(), null).send(input.stream(), lines);
    input.finished();
  }
}
