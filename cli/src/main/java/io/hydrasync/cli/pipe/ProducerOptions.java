package io.hydrasync.cli.pipe;

import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.Figures;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.Progress;
import io.hydrasync.cli.console.QrText;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.file.StandardStream;
import io.hydrasync.cli.here.HereRelay;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.ClassicOption;
import io.hydrasync.cli.option.ClientOptions;
import io.hydrasync.cli.option.ConnectionOptions;
import io.hydrasync.cli.option.WaitOptions;
import io.hydrasync.cli.secret.TicketFile;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import java.io.IOException;
import java.nio.file.Path;
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
  @Mixin private TargetOptions targets = new TargetOptions();

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
  private Optional<SessionSecrets> own = Optional.empty();
  private Payload payload = Payload.LIVE;
  private volatile boolean begun;

  /** What is sent. */
  public enum Payload {
    /** Of use only from its first byte to its last. */
    WHOLE,
    /** Of use from wherever one comes in. */
    LIVE,
    /** The same, and each message is a line, without its end. */
    LINES
  }

  /** Makes sure that the options fit together; comes before {@link #connect}. */
  public void check(CommandSpec spec, Console console, Payload kind) throws IOException {
    payload = keep && kind == Payload.WHOLE ? Payload.LIVE : kind;
    checked = Optional.of(Usage.check(spec, () -> target(console)));
  }

  /** The same where the relay is in this process; comes before {@link #connectHere}. */
  public SessionId checkHere(CommandSpec spec, Console console, Payload kind) throws IOException {
    payload = kind;
    SessionSecrets session =
        Usage.check(
            spec,
            () -> {
              requireTicketIsSeen(console);
              wait.check(classic, 1);
              return targets.makeSession(classic);
            });
    own = Optional.of(session);
    return session.id();
  }

  /** Connects to the relay in this process, tells a ticket for each address, and waits. */
  public HydraProducer connectHere(
      CommandSpec spec, Console console, ProducerWatch watch, HereRelay relay)
      throws IOException, InterruptedException {
    SessionSecrets session = own.orElseThrow();
    HydraProducer.Builder builder =
        options(HydraProducer.builder(relay.inside(), session), watch)
            .relayKey(relay.key())
            .credential(relay.credential());
    HydraProducer producer = Usage.check(spec, builder::connect);
    watch.connected(producer);
    tellTickets(console, relay, session);
    wait.await(producer, console, 1);
    begun = true;
    return producer;
  }

  /** Connects, tells the ticket, and waits for consumers if that was asked for. */
  public HydraProducer connect(CommandSpec spec, Console console, ProducerWatch watch)
      throws IOException, InterruptedException {
    Target target = checked.orElseThrow();
    HydraProducer.Builder builder = Usage.check(spec, () -> builder(target, spec, watch));
    // A ring that the heap has no room for is found by connecting, before it connects.
    HydraProducer producer =
        Usage.check(spec, () -> targets.trust().connect(builder::connect, target.relays()));
    watch.connected(producer);
    Optional<RelayKey> seen = client(spec).report(console, producer::relayKey);
    tellTicket(console, target, seen);
    wait.await(producer, console, consumersByDefault());
    begun = true;
    return producer;
  }

  /**
   * Makes sure that a file can be sent at all, before anybody is told of the session; comes behind
   * {@link #check}.
   *
   * @param size of the file, if it is known
   */
  public void checkFits(OptionalLong size) {
    if (classic.isLater() && size.isPresent()) {
      PacketLength.check(checked.orElseThrow().relays(), classic.spoken(), size.getAsLong());
    }
  }

  /** A whole that nobody takes would be lost but for what the relay keeps. */
  private int consumersByDefault() {
    return payload == Payload.WHOLE && !classic.isGiven() ? 1 : 0;
  }

  private HydraProducer.Builder builder(Target target, CommandSpec spec, ProducerWatch watch)
      throws IOException {
    HydraProducer.Builder builder =
        target
            .ticket()
            .map(known -> into(known, target.session()))
            .orElseGet(() -> HydraProducer.builder(target.relays(), target.session()));
    options(builder, watch);
    return client(spec)
        .apply(
            builder,
            builder::reconnectTimeout,
            builder::heartbeat,
            target.relays(),
            target.ticketKeys());
  }

  private HydraProducer.Builder options(HydraProducer.Builder builder, ProducerWatch watch) {
    builder.linger(linger).overflow(overflow);
    ring.ifPresent(size -> builder.ring(size.bytes()));
    if (!classic.isGiven()) {
      builder.onStateChange(watch::changed).onUnread(watch::unread);
    }
    return builder;
  }

  private ClientOptions client(CommandSpec spec) {
    return new ClientOptions(spec, targets.trust(), connection, classic);
  }

  private static HydraProducer.Builder into(Ticket ticket, SessionSecrets session) {
    return session
        .owner()
        .map(owner -> HydraProducer.builder(ticket, owner))
        .orElseGet(() -> HydraProducer.builder(ticket));
  }

  private void tellTicket(Console console, Target target, Optional<RelayKey> seen)
      throws IOException {
    Optional<RelayAddress> local = target.withZone();
    if (local.isPresent()) {
      console.tell(
          Json.event("no_ticket"),
          "no ticket: "
              + local.get()
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
    if (target.ticket().isEmpty()) {
      console.tell(
          Json.event("ticket").with("ticket", text).with("receive", receive),
          "ticket: " + text + "\nreceive with: " + receive);
      if (ticketFile.isEmpty()) {
        console.requireTold("; it had the only copy of the ticket");
      }
    } else if (payload != Payload.WHOLE) {
      console.tell(Json.event("receiver").with("receive", receive), "receive with: " + receive);
    }
    if (qr) {
      console.show(() -> QrText.of(text).forTerminal(console.isTerminal()));
    }
  }

  /** One for each address; the first is the one to be shown and kept. */
  private void tellTickets(Console console, HereRelay relay, SessionSecrets session)
      throws IOException {
    List<RelayAddress> addresses = relay.addresses();
    Ticket first = session.ticket(addresses.get(0), relay.key());
    if (ticketFile.isPresent()) {
      TicketFile.write(ticketFile.get(), first.format());
    }
    if (qr || console.isTerminal() && !console.isQuiet()) {
      console.show(() -> QrText.of(first.format()).forTerminal(console.isTerminal()));
    }
    for (RelayAddress address : addresses) {
      Ticket ticket = session.ticket(address, relay.key());
      String text = ticket.format();
      String receive = ReceiverCommand.of(ReceiverCommand.quoted(text), ticket, payload);
      console.tell(
          Json.event("ticket")
              .with("relay", address.toString())
              .with("ticket", text)
              .with("receive", receive),
          (address == addresses.get(0) ? "receive with: " : "or with: ") + receive);
    }
    if (ticketFile.isEmpty()) {
      console.requireTold("; it had the only copy of the ticket");
    }
  }

  private Ticket ticket(Target target, Optional<RelayKey> seen) {
    SessionId id = target.session().id();
    SessionKey key = target.session().key();
    List<RelayAddress> addresses = target.relays();
    return classic
        .version()
        .map(version -> Ticket.classic(addresses, id, version, key))
        .or(() -> seen.map(shown -> ticket(target, shown)))
        .orElseGet(() -> Ticket.of(addresses, id, key));
  }

  /** What is known of a change of the relay's key is for whoever gets the ticket, too. */
  private Ticket ticket(Target target, RelayKey shown) {
    SessionSecrets session = target.session();
    RelayKeys keys =
        targets
            .trust()
            .keys(target.relays())
            .or(target::ticketKeys)
            .filter(known -> known.has(shown))
            .orElseGet(() -> RelayKeys.of(shown));
    return Ticket.of(target.relays(), session.id(), session.key()).withRelayKeys(keys);
  }

  private String receiver(Target target, Ticket made, String text) {
    String where;
    if (ticketFile.isPresent()) {
      where = ReceiverCommand.in(ticketFile.get());
    } else {
      where =
          target.ticket().isPresent()
              ? ReceiverCommand.given(targets.ticket())
              : ReceiverCommand.quoted(text);
    }
    return ReceiverCommand.of(where, made, payload);
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
    Target target = targets.read(classic, ticketFile.isEmpty() && !qr);
    if (target.isNew()) {
      requireTicketIsSeen(console);
    }
    wait.check(classic, consumersByDefault());
    classic.refuse(keep, "--keep");
    classic.refuse(ring.isPresent(), "--ring");
    return target;
  }

  private void requireTicketIsSeen(Console console) throws UnusableStreamException {
    if (StandardStream.STDERR.isClosed() && ticketFile.isEmpty()) {
      throw new UnusableStreamException(
          "stderr is closed, and would get the only copy of the ticket: add --ticket-file FILE");
    }
    if (console.isQuiet() && ticketFile.isEmpty() && !qr) {
      throw new IllegalArgumentException(
          "--quiet would hide the only copy of the ticket: add --ticket-file FILE");
    }
  }
}
