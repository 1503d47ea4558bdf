package io.hydrasync.cli.command;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.QrText;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.ClassicOption;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.GroupCommand;
import io.hydrasync.cli.option.RelayList;
import io.hydrasync.cli.option.TicketArgument;
import io.hydrasync.cli.option.TrustOptions;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.cli.secret.TicketFile;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.Wire;
import io.hydrasync.protocol.check.ClassicVersions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hydra ticket}: tickets without a transfer. */
@Command(
    name = "ticket",
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TicketCommand.New.class, TicketCommand.Show.class, TicketCommand.Qr.class},
    description = {"Makes tickets, and shows what is in them.", ""},
    footer = {
      "",
      "Example:",
      "  hydra ticket new --relay relay.example:4370 --owner-key @owner.key -o ticket"
    })
public final class TicketCommand extends GroupCommand {
  private static final int PLAIN_ID_BYTES = SessionId.LENGTH;

  /** {@code hydra ticket new}. */
  @Command(
      name = "new",
      sortOptions = false,
      description = {
        "Makes a session that nobody has opened yet, and prints its ticket on stdout.",
        "Whoever has the ticket can read the session: with it and the owner's key you send into it.",
        ""
      },
      footer = {
        "",
        "Example:",
        "  hydra key new owner owner.key",
        "  hydra ticket new --relay relay.example:4370 --owner-key @owner.key -o ticket",
        "  hydra send --ticket @ticket --owner-key @owner.key news.txt"
      })
  static final class New implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
        names = "--relay",
        required = true,
        paramLabel = RelayList.LABEL,
        description =
            "The relay, by the name that consumers will use; or several that have one key.")
    private RelayList relay = RelayList.parse("127.0.0.1:4370");

    @Option(
        names = "--owner-key",
        paramLabel = "@FILE",
        description =
            "Only who has this key can send into the session. Default: the environment's "
                + Secrets.OWNER_KEY
                + ". Others on this machine can see it if it stands here without @FILE.")
    private Optional<String> ownerKey = Optional.empty();

    @Option(
        names = "--plain",
        description = "Instead of an owner's key: everybody with the ticket can also send.")
    private boolean plain;

    @Option(
        names = "--classic",
        arity = "0..1",
        paramLabel = "VERSION",
        parameterConsumer = ClassicOption.VersionIfGiven.class,
        description =
            "For the wire of the Rust crate hydra-sync, as 1.0.0-beta.6 or the version given,"
                + " 1.0.0-beta.2 to 1.0.0-beta.9. There are no owners and no relay keys: everybody with"
                + " the ticket can also send.")
    private Optional<String> classic = Optional.empty();

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        description =
            "Write the ticket there, readable by you only, instead of to stdout (-). Must not exist"
                + " yet, but a pipe or a device is written to as it is.")
    private Optional<Path> output = Optional.empty();

    @Option(
        names = "--force",
        description =
            "Let the ticket take the place of one that FILE holds: that one is lost if nobody else"
                + " has it.")
    private boolean force;

    @Mixin private TrustOptions trust = new TrustOptions();
    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() throws IOException {
      SessionId id = Usage.check(spec, this::sessionId);
      Ticket ticket = Usage.check(spec, () -> ticket(id, SessionKey.generate(new SecureRandom())));
      if (output.isPresent()) {
        write(output.get(), ticket.format());
      } else {
        PrintWriter out = Results.of(spec);
        out.println(ticket.format());
        Results.check(out, "; the ticket is lost, and nobody has it: make another one");
      }
      return ExitCode.OK;
    }

    private void write(Path file, String text) throws IOException {
      if (force) {
        TicketFile.write(file, text);
      } else {
        TicketFile.writeNew(file, text);
      }
    }

    private Ticket ticket(SessionId id, SessionKey key) {
      List<RelayAddress> where = relay.addresses();
      if (classic.isPresent()) {
        String version = classic.filter(text -> !text.isEmpty()).orElse(ClassicVersions.DEFAULT);
        return Ticket.classic(where, id, version, key);
      }
      return trust
          .keys(where)
          .map(keys -> Ticket.of(where, id, key).withRelayKeys(keys))
          .orElseGet(() -> Ticket.of(where, id, key));
    }

    private SessionId sessionId() throws IOException {
      Optional<String> owner = ownerKey;
      boolean nobodys = plain || classic.isPresent();
      if (classic.isPresent() && (owner.isPresent() || trust.isGiven())) {
        throw new IllegalArgumentException(
            "the classic wire has neither owners nor relay keys: leave out --owner-key, --relay-key"
                + " and --known-relays, or --classic");
      }
      if (!nobodys && owner.isEmpty()) {
        owner = Secrets.environment(Secrets.OWNER_KEY);
      }
      if (nobodys == owner.isPresent()) {
        throw new IllegalArgumentException(
            "either --owner-key @FILE (see: hydra key new owner), or --plain");
      }
      SecureRandom random = new SecureRandom();
      if (owner.isPresent()) {
        OwnerKey key = SecretText.hex(owner.get(), OwnerKey.LENGTH, "an owner's key", OwnerKey::of);
        try {
          return SessionId.owned(key, random);
        } finally {
          key.destroy();
        }
      }
      byte[] id = new byte[PLAIN_ID_BYTES];
      random.nextBytes(id);
      return SessionId.of(id);
    }
  }

  /** {@code hydra ticket show}. */
  @Command(
      name = "show",
      sortOptions = false,
      description = {"Shows what a ticket says, without its secrets.", ""},
      footer = {"", "Example:", "  hydra ticket show @ticket"})
  static final class Show implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private TicketArgument argument = new TicketArgument();

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() throws IOException {
      Ticket ticket = Usage.check(spec, argument::ticket);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(asJson(ticket));
      } else {
        asText(ticket).forEach(out::println);
      }
      out.flush();
      return ExitCode.OK;
    }
  }

  private static Optional<String> owner(Ticket ticket) {
    return ticket
        .sessionId()
        .ownerKey()
        .map(key -> Base64.getUrlEncoder().withoutPadding().encodeToString(key));
  }

  private static Json asJson(Ticket ticket) {
    Json object = new Json().with("relay", ticket.addresses().get(0).toString());
    if (ticket.addresses().size() > 1) {
      object.with("relays", addresses(ticket));
    }
    object.with("wire", ticket.wire().name().toLowerCase(Locale.ROOT));
    ticket.classicVersion().ifPresent(version -> object.with("version", version));
    ticket.relayKeys().ifPresent(keys -> asJson(object, keys));
    owner(ticket).ifPresent(key -> object.with("owner", key));
    return object.with("session", ticket.sessionId().logName());
  }

  private static void asJson(Json object, RelayKeys keys) {
    object.with("relay_key", keys.first().toString());
    keys.second().ifPresent(other -> object.with("relay_key_also", other.toString()));
  }

  private static String addresses(Ticket ticket) {
    return ticket.addresses().stream().map(RelayAddress::toString).collect(Collectors.joining(","));
  }

  private static List<String> asText(Ticket ticket) {
    boolean classic = ticket.wire() == Wire.CLASSIC;
    List<String> lines = new ArrayList<>();
    lines.add("relay      " + addresses(ticket));
    ticket
        .classicVersion()
        .ifPresent(version -> lines.add("wire       classic, that of the Rust crate " + version));
    String noKey = classic ? "none: the classic wire has none" : "none: trusted at the first use";
    lines.add("relay key  " + ticket.relayKey().map(Object::toString).orElse(noKey));
    ticket
        .relayKeys()
        .flatMap(RelayKeys::second)
        .ifPresent(other -> lines.add("or         " + other + ", while the key is being changed"));
    lines.add("session    " + ticket.sessionId().logName() + ", as in the relay's log");
    lines.add("owner      " + owner(ticket).orElse("none: everybody with the ticket can send"));
    return lines;
  }

  /** {@code hydra ticket qr}. */
  @Command(
      name = "qr",
      sortOptions = false,
      description = {
        "Shows a ticket as a QR code. It is as secret as the ticket: mind who looks on.",
        ""
      },
      footer = {"", "Example:", "  hydra ticket qr @ticket"})
  static final class Qr implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private TicketArgument argument = new TicketArgument();

    @Option(
        names = "--invert",
        description =
            "Without colours, for dark characters on a light ground, such as on paper. Otherwise a"
                + " terminal gets colours, and a pipe light characters for a dark ground.")
    private boolean invert;

    @Mixin private CommonOptions common = new CommonOptions();

    @Override
    public Integer call() throws IOException {
      Ticket ticket = Usage.check(spec, argument::ticket);
      QrText code = QrText.of(ticket.format());
      boolean colours = !invert && Terminal.isStdout() && Terminal.isCapable();
      PrintWriter out = EscapedWriter.own(spec.commandLine().getOut());
      out.println(colours ? code.forTerminal(true) : code.plain(invert));
      out.flush();
      return ExitCode.OK;
    }
  }
}
