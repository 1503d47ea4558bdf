package io.hydrasync.cli;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Ticket;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
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
      "If it is interrupted, consumers are told that what they have is not the whole.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 all is with the relay, 1 other, 2 usage, 5 authentication.",
      "",
      "Example:",
      "  tar c photos | hydra send --relay relay.example:4370 --ticket-file ticket --wait-consumers 2"
    })
final class SendCommand implements Callable<Integer> {
  private static final int BLOCK = 64 << 10;

  /**
   * From here on a block is sealed where it is, in a frame of its own, instead of being gathered.
   */
  private static final int LARGE = 16 << 10;

  private static final Duration LONG = Duration.ofDays(1);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = "-",
      description = "What to send; - is stdin, and the default.")
  private String file = "-";

  @Option(
      names = "--relay",
      required = true,
      paramLabel = "HOST:PORT",
      description = "The relay, by the name that consumers will use: it stands in the ticket.")
  private HostPort relay = new HostPort("", 0);

  @Mixin private TrustOptions trust = new TrustOptions();
  @Mixin private SessionOptions session = new SessionOptions();

  @Option(
      names = "--owner-key",
      paramLabel = "@FILE",
      description =
          "The owner's key of the session, 64 hex digits; without --session-id, of the session that"
              + " is made.")
  private Optional<String> ownerKey = Optional.empty();

  @Option(
      names = "--ticket-file",
      paramLabel = "FILE",
      description = "Write the ticket into this file as well, readable by you only.")
  private Optional<Path> ticketFile = Optional.empty();

  @Option(
      names = "--wait-consumers",
      paramLabel = "N",
      defaultValue = "0",
      description = "Do not send before N consumers are connected.")
  private int waitConsumers;

  @Option(names = "--lines", description = "One message a line, up to 64 MiB, without its newline.")
  private boolean lines;

  @Option(
      names = "--linger",
      paramLabel = "DURATION",
      defaultValue = "1ms",
      description =
          "How long small messages wait for others to share a frame with."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration linger = Duration.ofMillis(1);

  @Option(
      names = "--overflow",
      paramLabel = "backpressure|grow|spill|drop|skip",
      defaultValue = "default",
      description =
          "What the relay does when a consumer lags too far: this end waits; the relay keeps more,"
              + " then this end waits; it goes to the relay's disk; the consumer is dropped; or it is"
              + " moved forward and told what it missed. Default: the relay's choice.")
  private Overflow overflow = Overflow.DEFAULT;

  @Option(
      names = "--reconnect-timeout",
      paramLabel = "DURATION",
      defaultValue = "120s",
      description =
          "How long to try to get a lost connection back. Default: ${DEFAULT-VALUE}; 0 = not at"
              + " all.")
  private Duration reconnectTimeout = Duration.ofSeconds(120);

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter err = spec.commandLine().getErr();
    SendWatch watch = new SendWatch(spec.commandLine());
    try (InputStream in = open()) {
      HydraProducer producer = connect(err, watch);
      awaitConsumers(producer, err);
      Figures figures = new Figures();
      if (lines) {
        sendLines(producer, in, figures);
      } else {
        sendBlocks(producer, in, figures);
      }
      producer.close();
      watch.checkWhole();
      if (common.isVerbose()) {
        figures.print(err, "sent");
      }
      return ExitCode.OK;
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (watch.isStopping()) {
        return ExitCode.OTHER; // not used: a signal has been faster
      }
      throw e;
    } finally {
      watch.done(); // what has not been closed by now is given up
    }
  }

  private void awaitConsumers(HydraProducer producer, PrintWriter err) throws InterruptedException {
    if (waitConsumers > 0) {
      err.println(
          "waiting for " + waitConsumers + (waitConsumers == 1 ? " consumer" : " consumers"));
      err.flush();
      while (!producer.awaitConsumers(waitConsumers, LONG)) {
        // goes on waiting
      }
    }
  }

  private InputStream open() throws IOException {
    return file.equals("-") ? new Stdin() : new FileInputStream(file);
  }

  private HydraProducer connect(PrintWriter err, SendWatch watch) throws IOException {
    Session joined = Usage.check(spec, this::session);
    HydraProducer.Builder builder =
        Usage.check(
            spec,
            () ->
                HydraProducer.builder(relay.unresolved(), joined)
                    .linger(linger)
                    .reconnectTimeout(reconnectTimeout)
                    .onStateChange(watch::changed));
    builder.overflow(overflow);
    trust.apply(builder, relay, Optional.empty());
    HydraProducer producer = builder.connect();
    watch.connected(producer);
    trust.report(err, relay, producer.relayKey());
    Ticket ticket = joined.ticket(relay.host(), relay.port(), producer.relayKey());
    if (ticketFile.isPresent()) {
      TicketFile.write(ticketFile.get(), ticket.format());
    }
    err.println("ticket: " + ticket.format());
    err.flush();
    return producer;
  }

  private Session session() throws IOException {
    if (relay.port() == 0) {
      throw new IllegalArgumentException("--relay needs the relay's port, 1 to 65535");
    }
    Optional<OwnerKey> owner = Optional.empty();
    if (ownerKey.isPresent()) {
      owner =
          Optional.of(
              OwnerKey.of(SecretText.hex(ownerKey.get(), OwnerKey.LENGTH, "an owner's key")));
    }
    if (!session.isGiven()) {
      return owner.map(SendCommand::generate).orElseGet(Session::generate);
    }
    SessionId id = session.id();
    if (id.isOwned() && owner.isEmpty()) {
      throw new IllegalArgumentException(
          "only the owner can send into this session: --owner-key is missing");
    }
    return new Session(id, session.key(), owner);
  }

  private static Session generate(OwnerKey owner) {
    SecureRandom random = new SecureRandom();
    return new Session(
        SessionId.owned(owner, random), SessionKey.generate(random), Optional.of(owner));
  }

  private void sendBlocks(HydraProducer producer, InputStream in, Figures figures)
      throws IOException {
    byte[] block = new byte[BLOCK];
    ByteBuffer view = ByteBuffer.wrap(block);
    for (int n = in.read(block); n >= 0; n = in.read(block)) {
      view.limit(n).position(0);
      if (n >= LARGE) {
        producer.broadcast(view);
      } else {
        producer.write(view); // is sent after the linger time, if not before
      }
      figures.count(n);
    }
  }

  private void sendLines(HydraProducer producer, InputStream in, Figures figures)
      throws IOException {
    LineReader reader = new LineReader(in, producer.maxMessageBytes());
    for (ByteBuffer line = reader.next(); line != null; line = reader.next()) {
      figures.count(line.remaining());
      producer.write(line);
    }
  }
}
