package io.hydrasync.cli.relay;

import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.process.Version;
import io.hydrasync.cli.secret.Redaction;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hydra relay}: runs until a signal ends it. */
@Command(
    name = "relay",
    sortOptions = false,
    description = {
      "Runs a relay until SIGTERM or SIGINT.",
      "Prints one line when it is ready: hydra relay listening on HOST:PORT key B64",
      "It has no session key and cannot read what it relays.",
      "Every option can also stand in the file of --config (max-sessions=5) or in the environment"
          + " (HYDRA_MAX_SESSIONS=5); the command line goes first, then the environment.",
      ""
    },
    footer = {
      "",
      "SIZE is a number of bytes such as 64k or 8MiB, DURATION a time such as 500ms or 30s.",
      "LOG_LEVEL=INFO in the environment logs every connection that has ended; LOG_FILE and"
          + " LOG_FORMAT=json say where to and how. SIGHUP opens that file again, which may have been"
          + " renamed, and reads credentials and limits again.",
      "",
      "Exit codes: 0 drained, 1 a second signal or other, 2 usage, 70 out of memory, 3 the same where"
          + " the JVM was first to know. Start it again after 70 and 3.",
      "",
      "Example:",
      "  hydra relay --listen 0.0.0.0:4370 --key-file relay.key",
      "  hydra relay --config hydra.properties --admin-key-file admin.key --http 9370"
    })
public final class RelayCommand implements Callable<Integer> {
  private final Function<String[], CommandLine> commands;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A properties file with options. Default: HYDRA_CONFIG in the environment.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--check-config",
      description = "Say whether the configuration is right, and exit.")
  private boolean checkConfig;

  @Option(
      names = "--print-config",
      description = "Print the configuration in force and where it is from, and exit.")
  private boolean printConfig;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:4370",
      description = "Where to listen, port 0 = any. Default: ${DEFAULT-VALUE}.")
  private HostPort listen = new HostPort("127.0.0.1", 4370);

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description =
          "The file of the relay's private key, made when absent. Default: none, the relay has a"
              + " new key at each start.")
  private Optional<Path> keyFile = Optional.empty();

  @Option(names = "--json", description = "Print the ready line as a JSON object.")
  private boolean json;

  @Option(
      names = "--transport",
      paramLabel = "auto|nio|epoll|io_uring",
      defaultValue = "auto",
      description = "How to talk to the operating system. Default: ${DEFAULT-VALUE}.")
  private Transport transport = Transport.AUTO;

  @Option(
      names = "--retention",
      paramLabel = "SIZE",
      description = "What a session keeps for late joiners. Default: 8MiB.")
  private Optional<ByteSize> retention = Optional.empty();

  @Option(
      names = "--capacity",
      paramLabel = "SIZE",
      description =
          "How far the slowest consumer may lag before the producer has to wait. Default: 128MiB.")
  private Optional<ByteSize> capacity = Optional.empty();

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "Memory for all sessions. Default: 3/4 of the JVM's direct memory.")
  private Optional<ByteSize> memory = Optional.empty();

  @Option(
      names = "--max-frame",
      paramLabel = "SIZE",
      description = "The largest frame. Default: 64MiB and what sealing adds.")
  private Optional<ByteSize> maxFrame = Optional.empty();

  @Option(
      names = "--linger",
      paramLabel = "DURATION",
      description = "How long a session outlives its producer's connection. Default: 30s.")
  private Optional<Duration> linger = Optional.empty();

  @Option(
      names = "--stall-timeout",
      paramLabel = "DURATION",
      description =
          "How long a consumer that others wait for may take for 1 MiB before it is dropped."
              + " Default: 30s.")
  private Optional<Duration> stallTimeout = Optional.empty();

  @Option(
      names = "--overflow",
      paramLabel = "backpressure|grow|spill|drop|skip",
      defaultValue = "backpressure",
      description =
          "What happens when a consumer lags by the capacity and the producer did not say: it waits;"
              + " the log grows, then it waits; the log goes to disk; the consumer is dropped; or it"
              + " is moved forward and told what it missed. Default: ${DEFAULT-VALUE}.")
  private Overflow overflow = Overflow.BACKPRESSURE;

  @Option(
      names = "--grow-limit",
      paramLabel = "SIZE",
      description = "The second bound of grow. Default: 512MiB.")
  private Optional<ByteSize> growLimit = Optional.empty();

  @Option(
      names = "--lag-limit",
      paramLabel = "SIZE",
      description = "How far a consumer that asked for drop or skip may lag. Default: 16MiB.")
  private Optional<ByteSize> lagLimit = Optional.empty();

  @Option(
      names = "--spill-dir",
      paramLabel = "DIR",
      description =
          "Where spill puts its files, for this relay alone. Default: a fresh temporary directory.")
  private Optional<Path> spillDirectory = Optional.empty();

  @Option(
      names = "--spill-quota",
      paramLabel = "SIZE",
      description = "Disk space for spill. Default: 1GiB.")
  private Optional<ByteSize> spillQuota = Optional.empty();

  @Option(
      names = "--spill-session-quota",
      paramLabel = "SIZE",
      description = "Disk space for spill of one session. Default: no limit of its own.")
  private Optional<ByteSize> spillSessionQuota = Optional.empty();

  @Option(
      names = "--send-buffer",
      paramLabel = "SIZE",
      description =
          "What the system may hold for a client that does not read; bounds the kernel's memory"
              + " with thousands of consumers. Default: the system decides.")
  private Optional<ByteSize> sendBuffer = Optional.empty();

  @Option(
      names = "--no-classic",
      description =
          "Do not serve clients of the Rust crate hydra-sync 1.0.0-beta.3 to beta.6, whose wire lets a relay"
              + " drop, repeat and reorder unseen.")
  private boolean noClassic;

  @Option(
      names = "--classic-version",
      paramLabel = "VERSION",
      split = ",",
      description = "Serve this version of the crate, too, beside beta.3 to beta.6. Repeatable.")
  private List<String> classicVersions = List.of();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Event loops. Default: one per processor.")
  private Optional<Integer> threads = Optional.empty();

  @Mixin private OperatorOptions operator = new OperatorOptions();

  /**
   * The command.
   *
   * @param commands all commands, ready to parse a command line that is given again
   */
  public RelayCommand(Function<String[], CommandLine> commands) {
    this.commands = commands;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Usage.check(spec, this::checkedConfig);
    if (printConfig) {
      configuration().ifPresent(defaults -> defaults.print(spec, out));
      return ExitCode.OK;
    }
    if (checkConfig) {
      out.println("the configuration is right");
      out.flush();
      return ExitCode.OK;
    }
    operator.prepare();
    RelayProgram program = new RelayProgram(operator, this::reload, this::tell);
    HydraServer server = Usage.check(spec, () -> program.start(builder(), Version.number()));
    out.println(
        readyLine(
            new HostPort(listen.host(), server.address().getPort()), server.relayKey().toString()));
    tellLost(Results.take(out));
    program.http().ifPresent(http -> tellHttp(http.address()));
    if (!program.awaitEnd()) {
      tell("some clients had not taken everything when it stopped");
    }
    return ExitCode.OK;
  }

  /** A relay is of use without its line; and whoever closes stdout does not want it. */
  private void tellLost(Optional<IOException> failure) {
    failure
        .filter(e -> !(e instanceof UnusableStreamException) && !Failures.isBrokenPipe(e))
        .ifPresent(e -> tell("the line that it is ready is lost: " + e.getMessage()));
  }

  private void tellHttp(InetSocketAddress address) {
    tell("HTTP on http://" + HostPort.of(address) + "/");
    if (OperatorOptions.isOpen(address)) {
      tell("warning: whoever can reach this machine can see the dashboard; it has no login");
    }
  }

  private void tell(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("hydra relay: " + text);
    err.flush();
  }

  private Optional<RelayConfig> configuration() {
    return spec.commandLine().getDefaultValueProvider() instanceof RelayConfig defaults
        ? Optional.of(defaults)
        : Optional.empty();
  }

  /** Everything that can be wrong without a relay being started. */
  private HydraServer.Builder checkedConfig() throws IOException {
    configuration().ifPresent(defaults -> defaults.check(spec));
    operator.http();
    HydraServer.Builder builder = builder();
    builder.check();
    return builder;
  }

  /** Parses the same command line again, with what file and environment say by now. */
  private String reload(HydraServer server) {
    List<String> args = spec.root().commandLine().getParseResult().originalArgs();
    CommandLine again = commands.apply(args.toArray(String[]::new));
    try {
      again.parseArgs(args.toArray(String[]::new));
      RelayCommand fresh = again.getSubcommands().get("relay").getCommand();
      fresh.checkedConfig();
      Map<Credential, Set<Role>> credentials = fresh.operator.readCredentials();
      server.operator().credentials(credentials);
      server.operator().admission(fresh.operator.limits());
      return credentials.size() + " credentials and the limits";
    } catch (CommandLine.ParameterException e) {
      throw new IllegalArgumentException(Redaction.scrub(String.valueOf(e.getMessage())), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(Failures.describe(e), e);
    }
  }

  private HydraServer.Builder builder() throws IOException {
    InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("unknown host " + listen.host());
    }
    HydraServer.Builder builder = HydraServer.builder().address(address).transport(transport);
    keyFile.ifPresent(builder::keyFile);
    builder.admission(operator.limits());
    operator.readCredentials().forEach(builder::credential);
    retention.ifPresent(size -> builder.retention(size.bytes()));
    capacity.ifPresent(size -> builder.capacity(size.bytes()));
    memory.ifPresent(size -> builder.memoryBudget(size.bytes()));
    maxFrame.ifPresent(size -> builder.maxFrame(size.intBytes("a frame")));
    linger.ifPresent(builder::linger);
    stallTimeout.ifPresent(builder::stallTimeout);
    threads.ifPresent(builder::eventLoopThreads);
    sendBuffer.ifPresent(size -> builder.sendBuffer(size.intBytes("a send buffer")));
    builder.overflow(overflow).classic(!noClassic).classicVersions(classicVersions);
    growLimit.ifPresent(size -> builder.growLimit(size.bytes()));
    lagLimit.ifPresent(size -> builder.lagLimit(size.bytes()));
    spillDirectory.ifPresent(builder::spillDirectory);
    spillQuota.ifPresent(size -> builder.spillQuota(size.bytes()));
    spillSessionQuota.ifPresent(size -> builder.spillSessionQuota(size.bytes()));
    return builder;
  }

  private String readyLine(HostPort where, String key) {
    return json
        ? String.format(
            Locale.ROOT,
            "{\"event\":\"listening\",\"host\":\"%s\",\"port\":%d,\"key\":\"%s\"}",
            where.host(),
            where.port(),
            key)
        : "hydra relay listening on " + where + " key " + key;
  }
}
