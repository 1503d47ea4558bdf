package io.hydrasync.cli.command;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.OutputOptions;
import io.hydrasync.cli.console.Progress;
import io.hydrasync.cli.exec.GraceOption;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.FewerMessagesException;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.ClassicOption;
import io.hydrasync.cli.option.ClientOptions;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.ConnectionOptions;
import io.hydrasync.cli.option.RelayList;
import io.hydrasync.cli.option.SessionOptions;
import io.hydrasync.cli.option.StartPoint;
import io.hydrasync.cli.option.TicketArgument;
import io.hydrasync.cli.option.TrustOptions;
import io.hydrasync.cli.pipe.CommandSink;
import io.hydrasync.cli.pipe.Losses;
import io.hydrasync.cli.pipe.OutputSink;
import io.hydrasync.cli.pipe.PayloadOutput;
import io.hydrasync.cli.pipe.PayloadSink;
import io.hydrasync.cli.pipe.PositionFile;
import io.hydrasync.cli.pipe.ProducerArrival;
import io.hydrasync.cli.pipe.Receiving;
import io.hydrasync.cli.pipe.RecvEvents;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hydra recv}: a session into a file, stdout or commands. */
@Command(
    name = "recv",
    sortOptions = false,
    description = {
      "Receives a session: payload to stdout or a file, everything else to stderr.",
      "Ctrl-C, SIGTERM and SIGHUP end it behind a whole message. A command of --exec that runs then is"
          + " ended first, with all that it has started: --exec-grace.",
      ""
    },
    footer = {
      "",
      ExitCode.SEVERAL,
      "",
      "DURATION is a time such as 500ms or 30s.",
      "",
      "Examples:",
      "  hydra recv @ticket | tar x",
      "  hydra recv @ticket --exec 'mail -s news me@example.org'"
    })
public final class RecvCommand implements Callable<Integer> {
  private static final String FROM = "--from";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TicketArgument ticket = new TicketArgument();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Where to put the payload, - for stdout (a file called - is ./-). A regular file is cut and"
              + " written; a pipe, a device or a descriptor (/dev/fd/N) is written to as it is."
              + " Default: stdout.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--exec",
      paramLabel = "CMD",
      description =
          "Run this shell command for each message, one after the other, with the message on its"
              + " stdin and its number in $HYDRA_MESSAGE. Ends with 1 if the command fails: if it"
              + " ends with another exit code than 0, or by a signal. Only a message whose command"
              + " has ended with 0 counts as done for --position-file.")
  private Optional<String> command = Optional.empty();

  @Mixin private GraceOption grace = new GraceOption();

  @Option(
      names = "--relay",
      paramLabel = RelayList.LABEL,
      description =
          "Instead of a ticket, with --session-id and --session-key: the relay, or several that have"
              + " one key.")
  private Optional<RelayList> relay = Optional.empty();

  @Mixin private SessionOptions session = new SessionOptions();
  @Mixin private TrustOptions trust = new TrustOptions();

  @Option(
      names = FROM,
      paramLabel = "beginning|oldest|live|STREAM:SEQ",
      defaultValue = "beginning",
      description =
          "Where to begin: with the first message, and if the relay has let go of it end with 3 and"
              + " write nothing; with the oldest that the relay still has; with what is sent from"
              + " now on; or with a frame of a stream. Default: ${DEFAULT-VALUE}.")
  private StartPoint from = StartPoint.BEGINNING;

  @Option(
      names = "--position-file",
      paramLabel = "FILE",
      description =
          "Note there, in a regular file, how far the output has come, and go on from there, whatever --from says, if it"
              + " exists. With -o the output is exact whatever happens in between: it is cut to what"
              + " was noted. What was told to be missing is noted, too: the next run goes on behind"
              + " it. The position of another session is refused.")
  private Optional<Path> positionFile = Optional.empty();

  @Option(
      names = "--allow-gaps",
      description =
          "Report missing messages, and streams that stopped without their end, and go on; the exit"
              + " code is 3 in the end, or 4 if a stream had no end.")
  private boolean allowGaps;

  @Option(
      names = "--overflow",
      paramLabel = "drop|skip",
      defaultValue = "default",
      description =
          "Rather be dropped or moved forward than let others wait when this consumer is slow.")
  private Overflow overflow = Overflow.DEFAULT;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Stop after N messages. If it is over before that, the exit code is 4.")
  private Optional<Long> count = Optional.empty();

  @Option(
      names = "--idle-timeout",
      paramLabel = "DURATION",
      description =
          "Stop where no message comes for that long: from when it is connected, and from when it"
              + " has dealt with the last one; also while the connection is being made anew. That is"
              + " no failure: the exit code is 0, but with --count N and fewer messages 4. For relays"
              + " that do not tell of the end, such as the Rust crate's, and producers that do not."
              + " Default: for ever.")
  private Optional<Duration> idleTimeout = Optional.empty();

  @Option(names = "--lines", description = "Put a newline behind each message.")
  private boolean lines;

  @Option(
      names = "--force",
      description =
          "Write to a terminal whatever it is. Default: there, control characters but newline and"
              + " tab are escaped, and binary data (a NUL or what is not UTF-8 in the first 8 KiB)"
              + " ends with 2.")
  private boolean force;

  @Option(
      names = "--no-wait",
      description =
          "Fail if the producer is not there yet, and end with 4 if it vanishes and does not come"
              + " back within the relay's linger time. Default: wait for it, or for the next. With"
              + " --classic from 1.0.0-beta.7 on: do not come again where the relay says that no"
              + " producer is there, as the Rust crate's does; others let a consumer wait.")
  private boolean noWait;

  @Mixin private ConnectionOptions connection = new ConnectionOptions();
  @Mixin private ClassicOption classic = new ClassicOption();
  @Mixin private OutputOptions verbosity = new OutputOptions();
  @Mixin private CommonOptions common = new CommonOptions();

  /** What to join, and where. */
  private record Target(
      List<RelayAddress> relays,
      SessionSecrets session,
      Optional<RelayKeys> relayKeys,
      Optional<Ticket> ticket) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    Target target = Usage.check(spec, this::target);
    Optional<PositionFile> positions = Optional.empty();
    Optional<PositionFile.Note> note = Optional.empty();
    if (positionFile.isPresent()) {
      PositionFile file = new PositionFile(positionFile.get(), target.session().id());
      positions = Optional.of(file);
      note = file.read();
    }
    long keep = note.map(PositionFile.Note::outputBytes).orElse(0L);
    Optional<Position> place = note.map(PositionFile.Note::position).or(from::position);
    try (Console console = verbosity.console(spec.commandLine());
        PayloadSink sink = sink(keep, console)) {
      Losses losses = new Losses(console, allowGaps);
      HydraConsumer.Builder builder = Usage.check(spec, () -> builder(target, console, losses));
      place.ifPresent(builder::position);
      Optional<HydraConsumer> joined = connect(builder, target, console);
      if (joined.isEmpty()) {
        return nothingCame(sink);
      }
      try (HydraConsumer consumer = joined.get()) {
        tellConnected(target, consumer, console);
        Progress progress = new Progress(new Figures(), OptionalLong.empty()).overflow(overflow());
        boolean seen = sink.isTerminal() && !verbosity.isJson(); // the payload shows how far it is
        if (!seen) {
          console.follow(progress);
        }
        Receiving receiving =
            new Receiving(
                consumer, console, sink, progress.figures(), losses, positions, idleTimeout);
        Receiving.Wanted wanted = wanted(place);
        receiving.run(wanted);
        if (!seen || common.isVerbose()) {
          console.summary(progress, "received", common.isVerbose());
        }
        receiving.checkCount(wanted);
      }
      return losses.exitCode();
    }
  }

  /** On wire 2, and on the earlier classic wires, it is the relay that lets a consumer wait. */
  private Optional<HydraConsumer> connect(
      HydraConsumer.Builder builder, Target target, Console console) throws InterruptedException {
    if (noWait || !classic.isLater()) {
      return Optional.of(trust.connect(builder::connect, target.relays()));
    }
    return new ProducerArrival(console, idleTimeout).await(builder::connect);
  }

  /** No producer came within the idle timeout: as if none had sent anything. */
  private int nothingCame(PayloadSink sink) throws IOException {
    sink.open();
    sink.flush();
    if (count.isPresent() && count.get() > 0) {
      throw new FewerMessagesException(0, count.get(), true);
    }
    return ExitCode.OK;
  }

  private Receiving.Wanted wanted(Optional<Position> place) {
    return new Receiving.Wanted(
        count.map(OptionalLong::of).orElseGet(OptionalLong::empty),
        place.isEmpty() ? Optional.of(from.start()) : Optional.empty(),
        classic.isGiven() && !classic.isLater());
  }

  private void tellConnected(Target target, HydraConsumer consumer, Console console) {
    Json event =
        Json.event("connected")
            .with("relay", new RelayList(target.relays()).toString())
            .with("session", target.session().id().logName());
    client()
        .report(console, consumer::relayKey)
        .ifPresent(key -> event.with("relay_key", key.toString()));
    console.note(event);
  }

  private HydraConsumer.Builder builder(Target target, Console console, Losses losses)
      throws IOException {
    HydraConsumer.Builder builder =
        target
            .ticket()
            .map(HydraConsumer::builder)
            .orElseGet(() -> HydraConsumer.builder(target.relays(), target.session()))
            .overflow(overflow);
    if (!classic.isGiven()) {
      builder
          .start(from.start())
          .waitForProducer(!noWait)
          .onStall(stall -> RecvEvents.tell(console, stall, Clock.systemUTC()));
    }
    if (allowGaps) {
      builder.onGap(losses::report);
    }
    return client()
        .apply(
            builder,
            builder::reconnectTimeout,
            builder::heartbeat,
            target.relays(),
            target.relayKeys());
  }

  private ClientOptions client() {
    return new ClientOptions(spec, trust, connection, classic);
  }

  private PayloadSink sink(long keep, Console console) throws IOException {
    return command.isPresent()
        ? new CommandSink(command.get(), grace.commands(console))
        : new OutputSink(PayloadOutput.to(output, keep, force), lines);
  }

  private String overflow() {
    return overflow == Overflow.DEFAULT ? "" : overflow.name().toLowerCase(Locale.ROOT);
  }

  private Target target() throws IOException {
    Target target = readTarget();
    target.ticket().ifPresent(classic::agree);
    if (count.isPresent() && count.get() < 0) {
      throw new IllegalArgumentException("--count is not negative");
    }
    if (idleTimeout.isPresent() && idleTimeout.get().isZero()) {
      throw new IllegalArgumentException("--idle-timeout is longer than 0");
    }
    classic.refuse(positionFile.isPresent(), "--position-file");
    boolean fromGiven = spec.commandLine().getParseResult().hasMatchedOption(FROM);
    classic.refuse(fromGiven && !from.equals(StartPoint.OLDEST), FROM);
    classic.refuse(noWait && !classic.isLater(), "--no-wait");
    if (command.isPresent() && (output.isPresent() || lines)) {
      throw new IllegalArgumentException("--exec gets the payload itself: no --output, no --lines");
    }
    if (command.isEmpty() && grace.isGiven(spec)) {
      throw new IllegalArgumentException("--exec-grace is for the commands of --exec");
    }
    return target;
  }

  private Target readTarget() throws IOException {
    boolean givenByOptions = session.isGiven();
    if (givenByOptions != relay.isPresent()) {
      throw new IllegalArgumentException(
          "--relay, --session-id and --session-key belong together, and take the place of a ticket");
    }
    if (givenByOptions && ticket.isGiven()) {
      throw new IllegalArgumentException("either a ticket, or --relay and the session, not both");
    }
    return givenByOptions
        ? new Target(
            relay.orElseThrow().addresses(),
            new SessionSecrets(session.sessionId(), session.sessionKey()),
            Optional.empty(),
            Optional.empty())
        : of(ticket.ticket());
  }

  private static Target of(Ticket ticket) {
    return new Target(
        ticket.addresses(),
        new SessionSecrets(ticket.sessionId(), ticket.sessionKey()),
        ticket.relayKeys(),
        Optional.of(ticket));
  }
}
