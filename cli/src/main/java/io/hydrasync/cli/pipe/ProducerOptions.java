package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.Progress;
import io.hydrasync.cli.console.QrText;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.file.StandardStream;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.ClassicOption;
import io.hydrasync.cli.option.ClientOptions;
import io.hydrasync.cli.option.ConnectionOptions;
import io.hydrasync.cli.option.SessionOptions;
import io.hydrasync.cli.option.TrustOptions;
import io.hydrasync.cli.option.WaitOptions;
import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.cli.secret.TicketFile;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What the commands that send have in common: where to, into which session, and how. */
public final class ProducerOptions {
  @Option(
      names = "--relay",
      paramLabel = "HOST:PORT",
      description = "The relay, by the name that consumers will use: it stands in the ticket.")
  private Optional<RelayAddress> relay = Optional.empty();

  @Option(
      names = "--ticket",
      paramLabel = "TICKET|@FILE|-",
      description =
          "Send into the session of this ticket, from 'hydra ticket new'. Without this, --relay and"
              + " --session-id: the environment's "
              + Secrets.TICKET
              + ". Others on this machine can see a ticket that stands here itself.")
  private Optional<String> ticket = Optional.empty();

  @Mixin private TrustOptions trust = new TrustOptions();
  @Mixin private SessionOptions session = new SessionOptions();

  @Option(
      names = "--owner-key",
      paramLabel = "@FILE",
      description =
          "The owner's key of the session, 64 hex digits; without --session-id, of the session that"
              + " is made. Default: the environment's "
              + Secrets.OWNER_KEY
              + ". Others on this machine can see it if it stands here without @FILE.")
  private Optional<String> ownerKey = Optional.empty();

  @Option(
      names = "--ticket-file",
      paramLabel = "FILE",
      description =
          "Write the ticket into this file as well, readable by you only; - is stdout. A pipe or a"
              + " device is written to as it is.")
  private Optional<Path> ticketFile = Optional.empty();

  @Option(names = "--qr", description = "Show the ticket as a QR code on stderr, too.")
  private boolean qr;

  @Mixin private WaitOptions wait = new WaitOptions();

  @Option(
      names = "--keep",
      description =
          "Do not end the session: consumers wait for the next producer, which has as long as the"
              + " relay's linger time to come.")
  private boolean keep;

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
      names = "--ring",
      paramLabel = "SIZE",
      description =
          "How much of what was sent is kept, to be sent again after a lost connection, and how much"
              + " may be on its way. Default: 64 MiB, or an eighth of the JVM's heap where that is"
              + " less.")
  private Optional<ByteSize> ring = Optional.empty();

  @Mixin private ConnectionOptions connection = new ConnectionOptions();
  @Mixin private ClassicOption classic = new ClassicOption();

  private Optional<Target> checked = Optional.empty();
  private Payload payload = Payload.LIVE;
  private volatile boolean begun;

  /** What is sent. */
  public enum Payload {
    /** Of use only from its first byte to its last. */
    WHOLE,
    /** Of use from wherever one comes in. */
    LIVE
  }

  /**
   * Where to send, and into what.
   *
   * @param ticket which the user has already
   */
  private record Target(RelayAddress relay, SessionSecrets session, Optional<Ticket> ticket) {
    Optional<RelayKey> ticketKey() {
      return ticket.flatMap(Ticket::relayKey);
    }

    List<RelayAddress> addresses() {
      return ticket.map(Ticket::addresses).orElseGet(() -> List.of(relay));
    }
  }

  /** Makes sure that the options fit together; comes before {@link #connect}. */
  public void check(CommandSpec spec, Console console, Payload kind) throws IOException {
    payload = keep ? Payload.LIVE : kind;
    checked = Optional.of(Usage.check(spec, () -> target(console)));
  }

  /** Connects, tells the ticket, and waits for consumers if that was asked for. */
  public HydraProducer connect(CommandSpec spec, Console console, ProducerWatch watch)
      throws IOException, InterruptedException {
    Target target = checked.orElseThrow();
    HydraProducer.Builder builder = Usage.check(spec, () -> builder(target, spec, watch));
    // A ring that the heap has no room for is found by connecting, before it connects.
    HydraProducer producer = Usage.check(spec, () -> trust.connect(builder::connect, target.relay));
    watch.connected(producer);
    Optional<RelayKey> seen = client(spec).report(console, target.relay, producer::relayKey);
    tellTicket(console, target, seen);
    wait.await(producer, console, consumersByDefault());
    begun = true;
    return producer;
  }

  /** A whole that nobody takes would be lost but for what the relay keeps. */
  private int consumersByDefault() {
    return payload == Payload.WHOLE && !classic.isGiven() ? 1 : 0;
  }

  private HydraProducer.Builder builder(Target target, CommandSpec spec, ProducerWatch watch)
      throws IOException {
    HydraProducer.Builder builder =
        target
            .ticket
            .map(known -> into(known, target.session))
            .orElseGet(() -> HydraProducer.builder(target.relay, target.session))
            .linger(linger)
            .overflow(overflow);
    ring.ifPresent(size -> builder.ring(size.bytes()));
    if (!classic.isGiven()) {
      builder.onStateChange(watch::changed).onUnread(watch::unread);
    }
    return client(spec).apply(builder, builder::reconnectTimeout, target.relay, target.ticketKey());
  }

  private ClientOptions client(CommandSpec spec) {
    return new ClientOptions(spec, trust, connection, classic);
  }

  private static HydraProducer.Builder into(Ticket ticket, SessionSecrets session) {
    return session
        .owner()
        .map(owner -> HydraProducer.builder(ticket, owner))
        .orElseGet(() -> HydraProducer.builder(ticket));
  }

  private void tellTicket(Console console, Target target, Optional<RelayKey> seen)
      throws IOException {
    if (target.relay.hasZone()) {
      console.tell(
          Json.event("no_ticket"),
          "no ticket: "
              + target.relay
              + " means something on this machine only; receive with --relay, --session-id and"
              + " --session-key");
      return;
    }
    Ticket made = ticket(target, seen);
    String text = made.format();
    if (ticketFile.isPresent()) {
      TicketFile.write(ticketFile.get(), text);
    }
    String receive = receiver(target, made, text);
    if (target.ticket.isEmpty()) {
      console.tell(
          Json.event("ticket").with("ticket", text).with("receive", receive),
          "ticket: " + text + "\nreceive with: " + receive);
      if (ticketFile.isEmpty()) {
        console.requireTold("; it had the only copy of the ticket");
      }
    } else if (payload == Payload.LIVE) {
      console.tell(Json.event("receiver").with("receive", receive), "receive with: " + receive);
    }
    if (qr) {
      console.show(() -> QrText.of(text).forTerminal(console.isTerminal()));
    }
  }

  private Ticket ticket(Target target, Optional<RelayKey> seen) {
    SessionId id = target.session.id();
    SessionKey key = target.session.key();
    List<RelayAddress> addresses = target.addresses();
    return classic
        .version(target.ticket)
        .map(version -> Ticket.classic(addresses, id, version, key))
        .or(() -> seen.map(relayKey -> Ticket.of(addresses, id, relayKey, key)))
        .orElseGet(() -> Ticket.of(addresses, id, key));
  }

  private String receiver(Target target, Ticket made, String text) {
    String where;
    if (ticketFile.isPresent()) {
      where = ReceiverCommand.in(ticketFile.get());
    } else {
      where =
          target.ticket.isPresent() ? ReceiverCommand.given(ticket) : ReceiverCommand.quoted(text);
    }
    return ReceiverCommand.of(where, made, payload == Payload.LIVE);
  }

  /** Progress of a transfer of this end, with what is known of the other. */
  public Progress progress(HydraProducer producer, Figures figures, OptionalLong totalBytes) {
    Progress progress = new Progress(figures, totalBytes).overflow(overflow());
    return classic.isGiven()
        ? progress
        : progress.producing(
            producer::consumers, producer::unacknowledgedBytes, producer::unreadFrames);
  }

  /** What becomes of the session once everything has been sent, or when a signal ends it. */
  public ProducerWatch.Ending ending() {
    if (!begun) {
      return partialEnding(); // an end would say that nothing was all there was to send
    }
    return keep ? ProducerWatch.Ending.LEAVE : ProducerWatch.Ending.END;
  }

  /** What becomes of it where only a part of a known whole has been sent. */
  public ProducerWatch.Ending partialEnding() {
    return keep ? ProducerWatch.Ending.BREAK : ProducerWatch.Ending.ABORT;
  }

  private String overflow() {
    if (overflow == Overflow.DEFAULT) {
      return classic.isGiven() ? "" : "default";
    }
    return overflow.name().toLowerCase(Locale.ROOT);
  }

  private Target target(Console console) throws IOException {
    Target target = readTarget(console);
    wait.check(classic, consumersByDefault());
    classic.refuse(keep, "--keep");
    classic.refuse(ring.isPresent(), "--ring");
    return target;
  }

  private Target readTarget(Console console) throws IOException {
    boolean byOptions = session.isGiven();
    if (ticket.isPresent() && (relay.isPresent() || byOptions)) {
      throw new IllegalArgumentException(
          "either --ticket, or --relay with or without a session, not both");
    }
    if (relay.isEmpty()
        && (ticket.isPresent() || Secrets.environment(Secrets.TICKET).isPresent())) {
      return ofTicket(Secrets.ticket(ticket));
    }
    RelayAddress where =
        relay.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--relay HOST:PORT is missing (or --ticket, to send into its session)"));
    checkZone(where, byOptions);
    if (byOptions) {
      SessionSecrets joined = of(session.sessionId(), session.sessionKey());
      return new Target(where, joined, Optional.empty());
    }
    if (StandardStream.STDERR.isClosed() && ticketFile.isEmpty()) {
      throw new UnusableStreamException(
          "stderr is closed, and would get the only copy of the ticket: add --ticket-file FILE");
    }
    if (console.isQuiet() && ticketFile.isEmpty() && !qr) {
      throw new IllegalArgumentException(
          "--quiet would hide the only copy of the ticket: add --ticket-file FILE");
    }
    SessionSecrets made = owner().map(ProducerOptions::generate).orElseGet(this::generate);
    return new Target(where, made, Optional.empty());
  }

  /** Without a ticket nobody could receive but who has the session's id and key already. */
  private void checkZone(RelayAddress where, boolean byOptions) {
    if (where.hasZone() && (!byOptions || ticketFile.isPresent() || qr)) {
      throw new IllegalArgumentException(
          "--relay "
              + where
              + " cannot stand in a ticket: its zone means something on this machine only; give a"
              + " name or another address, or --session-id and --session-key");
    }
  }

  private Target ofTicket(Ticket given) throws IOException {
    classic.agree(given);
    return new Target(
        given.addresses().get(0), of(given.sessionId(), given.sessionKey()), Optional.of(given));
  }

  private SessionSecrets of(SessionId id, SessionKey key) throws IOException {
    if (!id.isOwned()) {
      return new SessionSecrets(id, key);
    }
    OwnerKey owner =
        owner()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "only the owner can send into this session: --owner-key is missing"));
    return new SessionSecrets(id, key, owner);
  }

  private Optional<OwnerKey> owner() throws IOException {
    Optional<String> text = ownerKey.or(() -> Secrets.environment(Secrets.OWNER_KEY));
    return text.isEmpty()
        ? Optional.empty()
        : Optional.of(SecretText.hex(text.get(), OwnerKey.LENGTH, "an owner's key", OwnerKey::of));
  }

  private SessionSecrets generate() {
    if (!classic.isGiven()) {
      return SessionSecrets.generate();
    }
    SecureRandom random = new SecureRandom();
    byte[] id = new byte[SessionId.LENGTH];
    random.nextBytes(id);
    return new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
  }

  private static SessionSecrets generate(OwnerKey owner) {
    SecureRandom random = new SecureRandom();
    return new SessionSecrets(SessionId.owned(owner, random), SessionKey.generate(random), owner);
  }
}
