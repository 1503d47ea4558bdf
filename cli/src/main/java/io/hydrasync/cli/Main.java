package io.hydrasync.cli;

import io.hydrasync.cli.admin.AdminCommand;
import io.hydrasync.cli.admin.TopCommand;
import io.hydrasync.cli.bench.BenchCommand;
import io.hydrasync.cli.command.KeyCommand;
import io.hydrasync.cli.command.KnownRelaysCommand;
import io.hydrasync.cli.command.RecvCommand;
import io.hydrasync.cli.command.SendCommand;
import io.hydrasync.cli.command.ShareCommand;
import io.hydrasync.cli.command.TicketCommand;
import io.hydrasync.cli.completion.CompletionCommand;
import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.FailureReport;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.console.TerminalWriter;
import io.hydrasync.cli.demo.DemoCommand;
import io.hydrasync.cli.doctor.DoctorCommand;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.FatalExit;
import io.hydrasync.cli.file.StandardStream;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.Durations;
import io.hydrasync.cli.option.EtcdEndpoints;
import io.hydrasync.cli.option.RelayList;
import io.hydrasync.cli.option.StartPoint;
import io.hydrasync.cli.process.Inherited;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.process.Version;
import io.hydrasync.cli.process.WindowSize;
import io.hydrasync.cli.relay.RelayCommand;
import io.hydrasync.cli.relay.RelayConfig;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.check.HostPort;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The {@code hydra} command. */
@Command(
    name = "hydra",
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "One producer, many consumers, end to end encrypted.",
      "The relay copies sealed bytes; only who has the ticket can open them.",
      ""
    },
    footer = {
      "",
      ExitCode.SEVERAL,
      "A command whose result cannot be written ends with 1 and says so; with 2 if stdout, or stdin"
          + " that it needs, is closed.",
      "",
      "Examples:",
      "  hydra demo                             see it at work",
      "  hydra relay --listen 0.0.0.0:4370      run a relay",
      "  hydra send big.iso --relay relay.example:4370 --ticket-file ticket",
      "  hydra recv @ticket -o big.iso          wherever you like",
      "  hydra share --relay relay.example:4370 -- make test",
      "",
      "'hydra help COMMAND' shows the options of a command."
    })
public final class Main implements Callable<Integer> {
  /** In the order of the help. */
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("relay", () -> new RelayCommand(Main::commandLine, UsageMessage::of));
    COMMANDS.put("send", SendCommand::new);
    COMMANDS.put("recv", RecvCommand::new);
    COMMANDS.put("share", ShareCommand::new);
    COMMANDS.put("ticket", TicketCommand::new);
    COMMANDS.put("key", KeyCommand::new);
    COMMANDS.put("known-relays", KnownRelaysCommand::new);
    COMMANDS.put("admin", AdminCommand::new);
    COMMANDS.put("top", TopCommand::new);
    COMMANDS.put("bench", BenchCommand::new);
    COMMANDS.put("doctor", DoctorCommand::new);
    COMMANDS.put("demo", () -> new DemoCommand(Main.class));
    COMMANDS.put("completion", () -> new CompletionCommand(Main::commandLine));
    COMMANDS.put("help", CommandLine.HelpCommand::new);
  }

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  private Main() {
    spec = CommandLine.Model.CommandSpec.create(); // picocli puts the real one in its place
  }

  /**
   * Runs a command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    try {
      Inherited.require(args);
    } catch (IllegalArgumentException e) {
      System.err.println("hydra: " + Failures.oneLine(String.valueOf(e.getMessage())));
      return ExitCode.USAGE;
    }
    boolean named = args.length > 0 && COMMANDS.containsKey(args[0]);
    FatalExit.install(named ? "hydra " + args[0] : "hydra");
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      return version(Results.on(StandardStream.STDOUT));
    }
    try {
      CommandLine command = commandLine(args);
      Results err = Results.on(StandardStream.STDERR);
      boolean terminal = Terminal.isStderr() && Terminal.isCapable();
      command.setErr(terminal ? new TerminalWriter(err, WindowSize.ofTerminal()) : err);
      return run(command.setOut(Results.on(StandardStream.STDOUT)), args);
    } catch (OutOfMemoryError e) {
      FatalExit.say(e);
      return ExitCode.INSIDE;
    } catch (LinkageError | AssertionError | StackOverflowError e) {
      System.err.println("hydra: " + Failures.oneLine(Failures.describe(e)));
      if (List.of(args).contains("--verbose") || List.of(args).contains("-v")) {
        e.printStackTrace();
      }
      return ExitCode.INSIDE;
    }
  }

  /** Picocli takes four times as long to load as the JVM. */
  private static int version(Results out) {
    out.println(Version.text());
    try {
      Results.check(out, "");
      return ExitCode.OK;
    } catch (IOException e) {
      System.err.println("hydra: " + e.getMessage());
      return ExitCode.of(e);
    }
  }

  /** Runs a command; results of it that could not be written make it one that has failed. */
  private static int run(CommandLine command, String... args) {
    int code = command.execute(args);
    try {
      Results.check(command.getOut(), "");
      return code;
    } catch (IOException e) {
      int lost = FailureReport.report(e, innermost(command));
      return code == ExitCode.OK ? lost : code;
    }
  }

  private static CommandLine innermost(CommandLine command) {
    CommandLine.ParseResult parsed = command.getParseResult();
    while (parsed != null && parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    return parsed == null ? command : parsed.commandSpec().commandLine();
  }

  /** Runs a command with other streams; what is payload goes to stdout nonetheless. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return run(commandLine(args).setOut(out).setErr(err), args);
  }

  /** Looks at the first argument, so that a command does not have to load all others. */
  public static CommandLine commandLine(String... args) {
    CommandLine commands = new CommandLine(new Main());
    boolean one = args.length > 0 && COMMANDS.containsKey(args[0]) && !args[0].equals("help");
    for (String name : one ? List.of(args[0]) : COMMANDS.keySet()) {
      commands.addSubcommand(name, COMMANDS.get(name).get());
    }
    CommandLine relay = commands.getSubcommands().get("relay");
    if (relay != null) {
      relay.setDefaultValueProvider(new RelayConfig(List.of(args), System.getenv()));
      RelayCommand.collectErrors(relay, args);
    }
    CommandLine share = commands.getSubcommands().get("share");
    if (share != null) {
      share.setStopAtPositional(true); // what follows belongs to its command
    }
    CommandLine help = commands.getSubcommands().get("help");
    if (help != null) {
      reword(help.getCommandSpec().usageMessage());
    }
    commands
        .setExpandAtFiles(false) // @FILE is ours: it names a file that holds a secret
        .registerConverter(ByteSize.class, converter(ByteSize::parse))
        .registerConverter(Duration.class, converter(Durations::parse))
        .registerConverter(EtcdEndpoints.class, converter(EtcdEndpoints::parse))
        .registerConverter(HostPort.class, converter(HostPort::parse))
        .registerConverter(RelayAddress.class, converter(RelayAddress::parse))
        .registerConverter(RelayList.class, converter(RelayList::parse))
        .registerConverter(RelayKeys.class, converter(RelayKeys::parse))
        .registerConverter(StartPoint.class, converter(StartPoint::parse))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setExecutionStrategy(Main::execute)
        .setParameterExceptionHandler(UsageMessage::report)
        .setExecutionExceptionHandler(FailureReport::execution);
    ExitCodeHelp.addTo(commands);
    CommandLine known = commands.getSubcommands().get("known-relays");
    if (known != null) { // behind the settings above, which go to all
      KnownRelaysCommand.Pin.allowDashes(known.getSubcommands().get("pin"));
    }
    return commands;
  }

  /** What commands say is escaped; the help is this program's own, and has its colours. */
  private static int execute(CommandLine.ParseResult parsed) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    CommandLine command = parsed.commandSpec().commandLine();
    command.setOut(EscapedWriter.of(command.getOut()));
    command.setErr(EscapedWriter.of(command.getErr()));
    return new CommandLine.RunLast().execute(parsed);
  }

  /** Picocli's own words are of another style. */
  private static void reword(CommandLine.Model.UsageMessageSpec help) {
    help.header(new String[0])
        .synopsisHeading("Usage: ")
        .description("Shows the options of a command.", "")
        .footer("", "Example:", "  hydra help recv");
  }

  private static <T> ITypeConverter<T> converter(Function<String, T> parser) {
    return text -> {
      try {
        return parser.apply(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  @Override
  public Integer call() {
    CommandLine commands = spec.commandLine();
    commands.usage(EscapedWriter.own(commands.getErr()));
    return ExitCode.USAGE;
  }
}
