package io.hydrasync.cli;

import io.hydrasync.client.HydraConsumer;
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
      paramLabel = "oldest|live",
      defaultValue = "oldest",
      description =
          "Where to begin: with the oldest message that the relay still has, or with what is sent"
              + " from now on. Default: ${DEFAULT-VALUE}.")
  private HydraConsumer.Start from = HydraConsumer.Start.OLDEST;

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
    PrintWriter err = spec.commandLine().getErr();
    Figures figures = new Figures();
    HydraConsumer.Builder builder =
        HydraConsumer.builder(target.relay().unresolved(), target.id(), target.key())
            .start(from)
            .waitForProducer(!noWait)
            .reconnectTimeout(reconnectTimeout);
    trust.apply(builder, target.relay(), target.relayKey());
    try (HydraConsumer consumer = builder.connect()) {
      trust.report(err, target.relay(), consumer.relayKey());
      try (PayloadOutput payload = PayloadOutput.open(output)) {
        receive(consumer, payload, figures);
      }
    }
    if (common.isVerbose()) {
      figures.print(err, "received");
    }
    return ExitCode.OK;
  }

  private void receive(HydraConsumer consumer, PayloadOutput payload, Figures figures)
      throws IOException {
    long most = count.orElse(Long.MAX_VALUE);
    while (figures.messages() < most) {
      ByteBuffer message = consumer.receive();
      if (message == null) {
        return;
      }
      figures.count(message.remaining());
      payload.write(message);
      if (lines) {
        payload.newline();
      }
      if (!consumer.isReady()) {
        payload.flush(); // whoever reads our output must not wait for the next message
      }
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
