package io.hydrasync.cli;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hydra recv}: a session into a file or stdout. */
@Command(
    name = "recv",
    sortOptions = false,
    description = {
      "Receives a session: payload to stdout or a file, everything else to stderr.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 complete, 1 other, 2 usage, 3 messages are missing, 4 the session stopped"
          + " without its end, 5 authentication (wrong key, wrong relay, damaged),"
          + " 141 nobody reads stdout any more.",
      "",
      "Example:",
      "  hydra recv @ticket | tar x"
    })
final class RecvCommand implements Callable<Integer> {
  private static final String TICKET_VARIABLE = "HYDRA_TICKET";

  /** How much output a killed recv has to fetch again at most. */
  private static final long NOTE_BYTES = 1 << 20;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "TICKET|@FILE|-",
      description =
          "The ticket, or the file that holds it, or - for stdin. Default: the environment's "
              + TICKET_VARIABLE
              + ". Others on this machine can see a command line: @FILE keeps the ticket out of it.")
  private Optional<String> ticket = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to put the payload. Default: stdout.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = "--relay",
      paramLabel = "HOST:PORT",
      description = "Instead of a ticket, with --session-id and --session-key: the relay.")
  private Optional<HostPort> relay = Optional.empty();

  @Mixin private SessionOptions session = new SessionOptions();
  @Mixin private TrustOptions trust = new TrustOptions();

  @Option(
      names = "--from",
      paramLabel = "oldest|live|STREAM:SEQ",
      defaultValue = "oldest",
      description =
          "Where to begin: with the oldest message that the relay still has, with what is sent from"
              + " now on, or with a frame of a stream. Default: ${DEFAULT-VALUE}.")
  private StartPoint from = StartPoint.OLDEST;

  @Option(
      names = "--position-file",
      paramLabel = "FILE",
      description =
          "Note there how far the output has come, and go on from there if it exists. With -o the"
              + " output is exact whatever happens in between: it is cut to what was noted.")
  private Optional<Path> positionFile = Optional.empty();

  @Option(
      names = "--allow-gaps",
      description = "Report missing messages and go on; the exit code is 3 in the end.")
  private boolean allowGaps;

  @Option(
      names = "--overflow",
      paramLabel = "drop|skip",
      defaultValue = "default",
      description =
          "Rather be dropped or moved forward than let others wait when this consumer is slow.")
  private Overflow overflow = Overflow.DEFAULT;

  @Option(names = "--count", paramLabel = "N", description = "Stop after N messages.")
  private Optional<Long> count = Optional.empty();

  @Option(names = "--lines", description = "Put a newline behind each message.")
  private boolean lines;

  @Option(
      names = "--no-wait",
      description =
          "Fail if the producer is not there yet, and end with 4 if it vanishes and does not come"
              + " back within the relay's linger time. Default: wait for it, or for the next.")
  private boolean noWait;

  @Option(
      names = "--reconnect-timeout",
      paramLabel = "DURATION",
      defaultValue = "120s",
      description =
          "How long to try to get a lost connection back. Default: ${DEFAULT-VALUE}; 0 = not at"
              + " all.")
  private Duration reconnectTimeout = Duration.ofSeconds(120);

  @Mixin private CommonOptions common = new CommonOptions();

  /** What to join, and where. */
  private record Target(
      HostPort relay, SessionId id, SessionKey key, Optional<RelayKey> relayKey) {}

  @Override
  public Integer call() throws IOException {
    Target target = Usage.check(spec, () -> target(System.getenv()));
    Optional<PositionFile> positions = positionFile.map(PositionFile::new);
    Optional<PositionFile.Note> note = Optional.empty();
    if (positions.isPresent()) {
      note = positions.get().read();
    }
    PrintWriter err = spec.commandLine().getErr();
    Figures figures = new Figures();
    HydraConsumer.Builder builder =
        HydraConsumer.builder(target.relay().unresolved(), target.id(), target.key())
            .start(from.start())
            .waitForProducer(!noWait)
            .overflow(overflow)
            .reconnectTimeout(reconnectTimeout);
    note.map(PositionFile.Note::position).or(from::position).ifPresent(builder::position);
    boolean[] gaps = new boolean[1];
    if (allowGaps) {
      builder.onGap(
          gap -> {
            gaps[0] = true;
            err.println("hydra recv: missing: " + gap);
            err.flush();
          });
    }
    trust.apply(builder, target.relay(), target.relayKey());
    try (HydraConsumer consumer = builder.connect()) {
      trust.report(err, target.relay(), consumer.relayKey());
      long keep = note.map(PositionFile.Note::outputBytes).orElse(0L);
      try (PayloadOutput payload = PayloadOutput.open(output, keep)) {
        receive(consumer, payload, figures, positions);
      }
    }
    if (common.isVerbose()) {
      figures.print(err, "received");
    }
    return gaps[0] ? ExitCode.GAP : ExitCode.OK;
  }

  private void receive(
      HydraConsumer consumer,
      PayloadOutput payload,
      Figures figures,
      Optional<PositionFile> positions)
      throws IOException {
    long most = count.orElse(Long.MAX_VALUE);
    long noted = payload.bytes();
    while (figures.messages() < most) {
      ByteBuffer message = consumer.receive();
      if (message == null) {
        break;
      }
      figures.count(message.remaining());
      payload.write(message);
      if (lines) {
        payload.newline();
      }
      boolean note = positions.isPresent() && payload.bytes() - noted >= NOTE_BYTES;
      if (note || !consumer.isReady()) {
        payload.flush(); // whoever reads our output must not wait for the next message
        noted = payload.bytes();
        note(consumer, payload, positions);
      }
    }
    payload.flush();
    note(consumer, payload, positions);
  }

  /** The output first, then the note: what is noted has certainly been written. */
  private static void note(
      HydraConsumer consumer, PayloadOutput payload, Optional<PositionFile> positions)
      throws IOException {
    Optional<Position> position = consumer.position();
    if (positions.isPresent() && position.isPresent()) {
      positions.get().write(position.get(), payload.bytes());
    }
  }

  private Target target(Map<String, String> environment) throws IOException {
    if (count.isPresent() && count.get() < 0) {
      throw new IllegalArgumentException("--count is not negative");
    }
    boolean givenByOptions = session.isGiven();
    if (givenByOptions != relay.isPresent()) {
      throw new IllegalArgumentException(
          "--relay, --session-id and --session-key belong together, and take the place of a ticket");
    }
    if (givenByOptions && ticket.isPresent()) {
      throw new IllegalArgumentException("either a ticket, or --relay and the session, not both");
    }
    Target target =
        givenByOptions
            ? new Target(relay.orElseThrow(), session.id(), session.key(), Optional.empty())
            : of(Ticket.parse(ticketText(environment)));
    if (target.relay().port() == 0) {
      throw new IllegalArgumentException("a relay's port is 1 to 65535");
    }
    return target;
  }

  private static Target of(Ticket ticket) {
    return new Target(
        new HostPort(ticket.host(), ticket.port()),
        ticket.sessionId(),
        ticket.sessionKey(),
        ticket.relayKey());
  }

  private String ticketText(Map<String, String> environment) throws IOException {
    String text = ticket.orElseGet(() -> environment.getOrDefault(TICKET_VARIABLE, "")).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(
          "a ticket is missing: as argument, @FILE, - for stdin, or in " + TICKET_VARIABLE);
    }
    if (text.equals("-")) {
      try (InputStream in = new Stdin()) {
        return SecretText.read(in, "the ticket on stdin");
      }
    }
    return text.startsWith("@") ? SecretText.fromFile(text.substring(1), "the ticket") : text;
  }
}
