package io.hydrasync.cli.relay;

import com.google.gson.JsonObject;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.UnusableStreamException;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.ByteSize;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.process.Version;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hydra relay}: runs until a signal ends it. */
@Command(
    name = "relay",
    sortOptions = false,
    description = {
      "Runs a relay until SIGTERM or SIGINT.",
      "Prints one line when it is ready: hydra relay listening on HOST:PORT key B64",
      "As a node of a cluster (--cluster) it shares sessions with others: any relay serves any.",
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
          + " renamed, and reads keys, credentials, limits and the observers' token again.",
      "",
      "Example:",
      "  hydra relay --listen 0.0.0.0:4370 --key-file relay.key",
      "  hydra relay --config hydra.properties --admin-key-file admin.key --http 9370",
      "  hydra relay --listen 10.0.0.1:4370 --key-file relay.key --cluster etcd://10.0.0.9:2379"
          + " --cluster-key-file cluster.key"
    })
public final class RelayCommand implements Callable<Integer> {
  private static final String CHECK = "--check-config";

  /** What {@link #reload} takes over. */
  private static final Set<String> RELOADED =
      Set.of(
          "--max-connections",
          "--max-joining",
          "--joining-per-address",
          "--joining-per-56",
          "--joining-per-48",
          "--connections-per-address",
          "--max-sessions",
          "--sessions-per-address",
          "--consumers-per-session",
          "--handshake-rate",
          "--handshake-burst",
          "--limit-loopback",
          "--credentials",
          "--admin-key-file",
          "--classic-observer-file",
          "--key-file",
          "--key-file-also",
          "--cluster-key-file",
          "--cluster-key-file-also",
          "--etcd-ca",
          "--etcd-cert",
          "--etcd-key",
          "--etcd-user",
          "--etcd-password-file");

  private final Function<String[], CommandLine> commands;
  private final Function<ParameterException, String> wording;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private CommonOptions common = new CommonOptions();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A properties file with options. Default: HYDRA_CONFIG in the environment.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = CHECK,
      description =
          "Say whether the configuration is right, or all that is wrong with it, and exit.")
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

  @Option(
      names = "--key-file-also",
      paramLabel = "FILE",
      description =
          "The file of the other key while the relay's key is being changed: clients are told of it"
              + " and then take a relay with either. Default: none.")
  private Optional<Path> keyFileAlso = Optional.empty();

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
          "Do not serve clients of the Rust crate hydra-sync 1.0.0-beta.2 to beta.9, whose wires let"
              + " a relay drop, repeat and reorder unseen.")
  private boolean noClassic;

  @Option(
      names = "--classic-version",
      paramLabel = "VERSION",
      split = ",",
      description = "Serve this version of the crate, too, beside beta.2 to beta.9. Repeatable.")
  private List<String> classicVersions = List.of();

  @Option(
      names = "--classic-packet",
      paramLabel = "SIZE",
      description =
          "Bytes of a message on the wire of the crate's beta.7 to beta.9, where all have one size."
              + " Default: 4MiB.")
  private Optional<ByteSize> classicPacket = Optional.empty();

  @Option(
      names = "--classic-lossy",
      description =
          "With --overflow skip, a client of beta.7 to beta.9 that lags misses messages without being"
              + " told, as at the crate's relay. Otherwise it is disconnected.")
  private boolean classicLossy;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Event loops. Default: one per processor.")
  private Optional<Integer> threads = Optional.empty();

  @Mixin private OperatorOptions operator = new OperatorOptions();

  @Mixin private NodeOptions node = new NodeOptions();

  /**
   * The command.
   *
   * @param commands all commands, ready to parse a command line that is given again
   * @param wording says what is wrong with a command line
   */
  public RelayCommand(
      Function<String[], CommandLine> commands, Function<ParameterException, String> wording) {
    this.commands = commands;
    this.wording = wording;
  }

  /** Lets a relay's command line be parsed to its end where all its faults are asked for. */
  public static void collectErrors(CommandLine relay, String... args) {
    relay.getCommandSpec().parser().collectErrors(List.of(args).contains(CHECK));
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (checkConfig && !isRight()) {
      return ExitCode.USAGE;
    }
    Usage.check(spec, this::checkedConfig);
    if (!checkConfig) {
      unknownVariables().forEach(problem -> tell("warning: " + problem));
    }
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
    HydraServer server = Usage.check(spec, () -> start(program));
    out.println(readyLine(server));
    tellLost(Results.take(out));
    program.http().ifPresent(http -> tellHttp(http.address()));
    if (!program.awaitEnd()) {
      tell("some clients had not taken everything when it stopped");
    }
    return ExitCode.OK;
  }

  private HydraServer start(RelayProgram program) throws IOException {
    HydraServer server = program.start(builder(), Version.number());
    if (node.isGiven()) {
      try {
        program
            .http()
            .flatMap(http -> node.http(http.address()))
            .ifPresent(server.operator()::advertiseHttp);
        ClusterStart.check(server);
        ClusterStart.watchHealth(node.health());
      } catch (IllegalArgumentException | IOException e) {
        server.close();
        throw e;
      }
    }
    return server;
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

  /** Leaves them out, for picocli takes no more values behind the first that is wrong. */
  private List<String> wrongValues(RelayConfig defaults) {
    List<String> wrong = new ArrayList<>();
    for (OptionSpec option : spec.options()) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        continue;
      }
      Optional<RelayConfig.Source> source = defaults.configured(option);
      if (source.isPresent()) {
        String[] args = {spec.name(), option.longestName() + "=" + source.get().value()};
        try {
          commands.apply(args).parseArgs(args);
        } catch (ParameterException e) {
          String what = Failures.oneLine(wording.apply(e));
          String from = " (from " + source.get().from() + ")";
          wrong.add(what.endsWith(from) ? what : what + from);
          defaults.leaveOut(option);
        }
      }
    }
    return wrong;
  }

  private List<String> unknownVariables() {
    return configuration().map(defaults -> defaults.unknownVariables(spec)).orElse(List.of());
  }

  /** Everything that can be wrong without a relay being started; the first of it. */
  private HydraServer.Builder checkedConfig() throws IOException {
    List<String> problems =
        configuration().map(defaults -> defaults.problems(spec)).orElse(List.of());
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
    operator.http();
    if (keyFileAlso.isPresent() && keyFile.isEmpty()) {
      throw new IllegalArgumentException("--key-file-also belongs to --key-file");
    }
    HydraServer.Builder builder = configured();
    builder.check();
    for (ConfigCheck.Step step : node.steps(relay())) {
      step.take();
    }
    return builder;
  }

  /** Everything that can be wrong without a relay being started; all of it, on stderr. */
  private boolean isRight() {
    ConfigCheck check = new ConfigCheck();
    check.add(
        spec.commandLine().getParseResult().errors().stream()
            .map(e -> e instanceof ParameterException wrong ? wording.apply(wrong) : e.getMessage())
            .map(Failures::oneLine)
            .toList());
    Optional<RelayConfig> configuration = configuration();
    configuration.ifPresent(defaults -> check.add(wrongValues(defaults)));
    check.add(configuration.map(defaults -> defaults.problems(spec)).orElse(List.of()));
    check.add(unknownVariables());
    configuration.map(this::again).orElse(this).check(check);
    List<String> problems = check.problems();
    for (String problem : problems) {
      tell(problem + (problems.size() == 1 ? " (see: hydra relay --help)" : ""));
    }
    if (problems.size() > 1) {
      tell(problems.size() + " mistakes (see: hydra relay --help)");
    }
    return problems.isEmpty();
  }

  /** This command line once more, with all values from elsewhere that can be read. */
  private RelayCommand again(RelayConfig readable) {
    String[] args =
        spec.root().commandLine().getParseResult().originalArgs().toArray(String[]::new);
    CommandLine commandLine = commands.apply(args);
    CommandLine relay = commandLine.getSubcommands().get(spec.name());
    relay.setDefaultValueProvider(readable);
    commandLine.parseArgs(args);
    return relay.getCommand();
  }

  /** Everything that shows when the values are used. */
  private void check(ConfigCheck check) {
    HydraServer.Builder builder = HydraServer.builder();
    List<ConfigCheck.Step> steps = new ArrayList<>(operator.eachSource());
    steps.addAll(operator.eachLimit());
    steps.addAll(settings(builder));
    steps.addAll(node.steps(relay()));
    steps.add(builder::check);
    keyFile.ifPresent(file -> steps.add(() -> HydraServer.builder().keyFile(file).check()));
    keyFileAlso.ifPresent(file -> steps.add(() -> keys(HydraServer.builder()).check()));
    spillDirectory.ifPresent(
        directory -> steps.add(() -> HydraServer.builder().spillDirectory(directory).check()));
    check.take(steps);
    check.file("--key-file", keyFile);
    check.directory("--spill-dir", spillDirectory);
    operator.checkFiles(check);
    String log = System.getenv("LOG_FILE");
    check.file("LOG_FILE", Optional.ofNullable(log).filter(name -> !name.isEmpty()).map(Path::of));
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
      Optional<byte[]> observer = fresh.operator.readObserver();
      Optional<Runnable> cluster = node.renewal(server, fresh.node);
      String key = reloadKeys(server, fresh);
      cluster.ifPresent(Runnable::run);
      server.operator().credentials(credentials);
      server.operator().admission(fresh.operator.limits());
      server.operator().classicObserver(observer);
      return Units.count(credentials.size(), "credential")
          + " and the limits"
          + (observer.isPresent() ? ", and the observers' token" : "")
          + key
          + (cluster.isPresent() ? ", and the cluster's key, and who this relay is to etcd" : "")
          + ignored(fresh.spec);
    } catch (ParameterException e) {
      throw new IllegalArgumentException(wording.apply(e), e);
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalArgumentException(Failures.describe(e), e);
    }
  }

  /** Takes over the relay's keys where there are others in the files, and says so. */
  private String reloadKeys(HydraServer server, RelayCommand fresh) {
    if (fresh.keyFile.isEmpty()) {
      if (keyFile.isPresent()) {
        throw new IllegalArgumentException(
            "--key-file is missing: a relay that has a key in a file goes on with one");
      }
      return "";
    }
    RelayKeys before = server.relayKeys();
    server.operator().relayKey(fresh.keyFile.get(), fresh.keyFileAlso);
    RelayKeys now = server.relayKeys();
    return now.equals(before)
        ? ""
        : ", and the relay key "
            + now.first()
            + now.second().map(other -> " beside " + other).orElse("");
  }

  /** What is configured in another way now and needs a restart. */
  private String ignored(CommandSpec now) {
    String changed =
        spec.options().stream()
            .filter(option -> !RELOADED.contains(option.longestName()))
            .filter(option -> !isSame(option, now.findOption(option.longestName())))
            .map(OptionSpec::longestName)
            .collect(Collectors.joining(", "));
    return changed.isEmpty() ? "" : "; changed, but ignored until a restart: " + changed;
  }

  private static boolean isSame(OptionSpec before, OptionSpec now) {
    return Objects.equals(before.<Object>getValue(), now.<Object>getValue());
  }

  private HydraServer.Builder builder() throws IOException {
    HydraServer.Builder builder = keys(configured());
    spillDirectory.ifPresent(builder::spillDirectory);
    if (node.isGiven()) {
      builder.cluster(node.node(relay()));
    }
    return builder;
  }

  private HydraServer.Builder keys(HydraServer.Builder builder) {
    keyFile.ifPresent(builder::keyFile);
    keyFileAlso.ifPresent(builder::keyFileAlso);
    return builder;
  }

  private NodeOptions.Relay relay() {
    return new NodeOptions.Relay(listen, keyFile, operator.hasHttp());
  }

  private HydraServer.Builder configured() throws IOException {
    HydraServer.Builder builder = HydraServer.builder();
    operator.readCredentials().forEach(builder::credential);
    for (ConfigCheck.Step step : settings(builder)) {
      step.take();
    }
    return builder.admission(operator.limits());
  }

  /** What sets a builder, but for its key file and spill directory; each step may refuse. */
  private List<ConfigCheck.Step> settings(HydraServer.Builder builder) {
    return List.of(
        () -> builder.address(address()).transport(transport),
        () -> retention.ifPresent(size -> builder.retention(size.bytes())),
        () -> capacity.ifPresent(size -> builder.capacity(size.bytes())),
        () -> memory.ifPresent(size -> builder.memoryBudget(size.bytes())),
        () -> maxFrame.ifPresent(size -> builder.maxFrame(size.intBytes("a frame"))),
        () -> linger.ifPresent(builder::linger),
        () -> stallTimeout.ifPresent(builder::stallTimeout),
        () -> threads.ifPresent(builder::eventLoopThreads),
        () -> sendBuffer.ifPresent(size -> builder.sendBuffer(size.intBytes("a send buffer"))),
        () -> builder.overflow(overflow).classic(!noClassic),
        () -> builder.classicVersions(classicVersions),
        () ->
            classicPacket.ifPresent(
                size -> builder.classicPacket(size.intBytes("a classic packet"))),
        () -> builder.classicLossy(classicLossy),
        () -> operator.readObserver().ifPresent(builder::classicObserver),
        () -> growLimit.ifPresent(size -> builder.growLimit(size.bytes())),
        () -> lagLimit.ifPresent(size -> builder.lagLimit(size.bytes())),
        () -> spillQuota.ifPresent(size -> builder.spillQuota(size.bytes())),
        () -> spillSessionQuota.ifPresent(size -> builder.spillSessionQuota(size.bytes())));
  }

  private InetSocketAddress address() {
    InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("unknown host " + listen.host());
    }
    return address;
  }

  private String readyLine(HydraServer server) {
    HostPort where = new HostPort(listen.host(), server.address().getPort());
    Optional<HostPort> links = server.linkAddress().map(HostPort::of);
    if (json) {
      JsonObject line = new JsonObject();
      line.addProperty("event", "listening");
      line.addProperty("host", where.host());
      line.addProperty("port", where.port());
      line.addProperty("key", server.relayKey().toString());
      links.ifPresent(
          address -> {
            line.addProperty("linkHost", address.host());
            line.addProperty("linkPort", address.port());
          });
      return line.toString();
    }
    return "hydra relay listening on "
        + where
        + " key "
        + server.relayKey()
        + links.map(address -> " links " + address).orElse("");
  }
}
