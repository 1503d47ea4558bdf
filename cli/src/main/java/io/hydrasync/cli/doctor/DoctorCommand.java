package io.hydrasync.cli.doctor;

import io.hydrasync.cli.console.EscapedWriter;
import io.hydrasync.cli.console.Json;
import io.hydrasync.cli.console.Results;
import io.hydrasync.cli.console.Units;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.exit.Failures;
import io.hydrasync.cli.exit.Usage;
import io.hydrasync.cli.option.ClassicOption;
import io.hydrasync.cli.option.CommonOptions;
import io.hydrasync.cli.option.EtcdOptions;
import io.hydrasync.cli.option.KnownRelaysFile;
import io.hydrasync.cli.option.RelayKeyParameter;
import io.hydrasync.cli.process.Terminal;
import io.hydrasync.cli.process.WindowSize;
import io.hydrasync.cli.secret.SecretText;
import io.hydrasync.cli.secret.Secrets;
import io.hydrasync.client.HydraAdmin;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.KnownRelays;
import io.hydrasync.cluster.ClusterKey;
import io.hydrasync.cluster.EtcdHealth;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.check.ClassicVersions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hydra doctor}: what could be wrong. */
@Command(
    name = "doctor",
    sortOptions = false,
    description = {
      "Finds what could be wrong on this machine, and with a relay.",
      "Looks at Java, the speed of encryption and the transports; and, with --relay, whether the"
          + " relay is there and has the key that is known, and with --credential how far its clock is"
          + " from this one; or, with --classic, whether it serves the wire of the Rust crate.",
      "With --cluster, how each member of etcd is: its version, the login and its rights, alarms, its"
          + " database, its clock; and each relay of the cluster: whether clients and other relays"
          + " reach it, its keys and its version, and with --credential what it sees, and its clock.",
      "Changes nothing and remembers nothing.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  hydra doctor",
      "  hydra doctor --relay relay.example:4370 --credential @admin.key",
      "  hydra doctor --relay relay.example:4370 --classic=1.0.0-beta.9",
      "  hydra doctor --cluster etcd://10.0.0.7:2379,10.0.0.8:2379,10.0.0.9:2379 \\",
      "      --cluster-key-file cluster.key --credential @admin.key"
    })
public final class DoctorCommand implements Callable<Integer> {
  private static final double MILLIS = 1e6;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--relay", paramLabel = "HOST:PORT", description = "A relay to look at.")
  private Optional<RelayAddress> relay = Optional.empty();

  @Option(
      names = "--relay-key",
      paramLabel = RelayKeyParameter.LABEL,
      preprocessor = RelayKeyParameter.class,
      description =
          "The key that it must have, or two of which it must have one. Default: the known one.")
  private Optional<RelayKeys> relayKey = Optional.empty();

  @Mixin private KnownRelaysFile known = new KnownRelaysFile();

  @Option(
      names = "--credential",
      paramLabel = "HEX|@FILE",
      description =
          "A credential for admins, to ask the relay for the time. Default: HYDRA_ADMIN_CREDENTIAL in"
              + " the environment.")
  private Optional<String> credential = Optional.empty();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "5s",
      description = "How long the relay may take to answer. Default: ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ofSeconds(5);

  @Option(
      names = "--classic",
      arity = "0..1",
      paramLabel = "VERSION",
      parameterConsumer = ClassicOption.VersionIfGiven.class,
      description =
          "Look whether the relay serves the wire of the Rust crate hydra-sync as 1.0.0-beta.6 or the"
              + " version given, and from 1.0.0-beta.7 on how long its packets are.")
  private Optional<String> classic = Optional.empty();

  @Mixin private EtcdOptions etcd = new EtcdOptions();

  @Option(
      names = "--cluster-key-file",
      paramLabel = "FILE",
      description =
          "The file of the cluster's key, to see whether all its relays have the same. Default: that"
              + " is not checked.")
  private Optional<Path> clusterKeyFile = Optional.empty();

  @Option(names = "--json", description = "Print a JSON object for each finding.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  private int code = ExitCode.OK;

  @Override
  public Integer call() throws IOException {
    Usage.check(
        spec,
        () -> {
          if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("--timeout is at least 1 ms");
          }
          checkClassic();
          return relay;
        });
    Optional<Credential> admin = Usage.check(spec, this::admin);
    Optional<EtcdHealth> directory = Usage.check(spec, this::directory);
    Results.of(spec);
    tell(LocalChecks.java());
    tell(LocalChecks.crypto());
    tell(LocalChecks.transports());
    directory.ifPresent(health -> lookAtCluster(health, admin));
    if (relay.isPresent() && classic.isPresent()) {
      new ClassicLook(relay.get(), version(classic.get()), timeout).findings().forEach(this::tell);
    } else if (relay.isPresent()) {
      look(relay.get(), admin);
    } else if (directory.isEmpty()) {
      tell(Finding.note("relay", "not looked at: name one with --relay HOST:PORT"));
    }
    return code;
  }

  private void checkClassic() {
    if (classic.isEmpty()) {
      return;
    }
    ClassicVersions.check(version(classic.get()));
    if (relay.isEmpty()) {
      throw new IllegalArgumentException("--classic is for a relay: --relay HOST:PORT is missing");
    }
    if (relayKey.isPresent() || known.isGiven() || credential.isPresent()) {
      throw new IllegalArgumentException(
          "the classic wire has neither relay keys nor credentials: leave out --relay-key,"
              + " --known-relays and --credential, or --classic");
    }
  }

  private void lookAtCluster(EtcdHealth health, Optional<Credential> admin) {
    EtcdLook.findings(health, timeout).forEach(this::tell);
    new NodesLook(timeout, admin, relayKey, clusterKeyFile.isPresent())
        .findings(health)
        .forEach(this::tell);
    if (clusterKeyFile.isEmpty()) {
      tell(
          Finding.note(
              "node", "whether all have the same cluster key: not checked (--cluster-key-file)"));
    }
    if (admin.isEmpty()) {
      tell(
          Finding.note(
              "node",
              "what they see, and their clocks: not asked, they tell it to admins (--credential)"));
    }
  }

  /** What asks etcd; no cluster key is needed for that. */
  private Optional<EtcdHealth> directory() throws IOException {
    if (etcd.isGiven()) {
      ClusterKey key =
          clusterKeyFile.isPresent()
              ? ClusterKey.read(clusterKeyFile.get())
              : ClusterKey.of(new byte[ClusterKey.LENGTH]);
      return Optional.of(etcd.directory(key).health());
    }
    if (clusterKeyFile.isPresent()) {
      throw new IllegalArgumentException(
          "--cluster-key-file is for a cluster: --cluster is missing");
    }
    if (!etcd.given().isEmpty()) {
      throw new IllegalArgumentException(
          etcd.given().get(0) + " is for a cluster: --cluster is missing");
    }
    return Optional.empty();
  }

  private static String version(String given) {
    return given.isEmpty() ? ClassicVersions.DEFAULT : given;
  }

  private Optional<Credential> admin() throws IOException {
    Optional<String> text = credential.or(() -> Secrets.environment(Secrets.ADMIN_CREDENTIAL));
    return text.isEmpty()
        ? Optional.empty()
        : Optional.of(
            SecretText.hex(text.get(), Credential.LENGTH, "the credential", Credential::of));
  }

  private void look(RelayAddress where, Optional<Credential> admin) {
    Optional<RelayKeys> remembered;
    try {
      remembered = known.find(KnownRelays.nameOf(where));
    } catch (UncheckedIOException | AuthenticationException e) {
      tell(Finding.fail("key", Failures.describe(e)));
      return;
    }
    Optional<RelayKeys> expected = relayKey.or(() -> remembered);
    byte[] nobodys = new byte[SessionId.LENGTH];
    new SecureRandom().nextBytes(nobodys);
    HydraConsumer.Builder builder =
        HydraConsumer.builder(
                where,
                new SessionSecrets(SessionId.of(nobodys), SessionKey.generate(new SecureRandom())))
            .connectTimeout(timeout);
    expected.ifPresent(builder::relayKeys);
    long began = System.nanoTime();
    try (HydraConsumer consumer = builder.connect()) {
      double millis = (System.nanoTime() - began) / MILLIS;
      tell(
          Finding.ok(
              "relay",
              text("%s answers; handshake and join in %s", where, Units.time(millis / 1e3))));
      tell(key(consumer.relayKey(), expected, remembered));
    } catch (HydraException e) {
      refused(where, e, expected.isPresent());
    }
    if (admin.isEmpty()) {
      tell(
          Finding.note("clock", "not compared: the relay tells the time to admins (--credential)"));
    } else if (code == ExitCode.OK) {
      HydraAdmin.Builder clock = HydraAdmin.builder(where, admin.get());
      expected.ifPresent(clock::relayKeys);
      tell(ClockCheck.of(clock.connectTimeout(timeout)));
    }
  }

  private Finding key(RelayKey seen, Optional<RelayKeys> expected, Optional<RelayKeys> remembered) {
    if (expected.isEmpty()) {
      return Finding.warn(
          "key", "not known yet: " + seen + "; ask the operator, then: hydra known-relays pin");
    }
    return Finding.ok("key", seen + (remembered.isPresent() ? ", as remembered" : ", as given"));
  }

  private void refused(RelayAddress where, HydraException problem, boolean pinned) {
    if (problem.code() == ErrorCode.UNAUTHORIZED) {
      tell(Finding.ok("relay", where + " answers, and asks for a credential"));
      tell(
          pinned
              ? Finding.ok("key", "as expected")
              : Finding.warn("key", "not known yet; see: hydra known-relays pin"));
    } else if (problem.code() == ErrorCode.NO_SESSION) {
      tell(Finding.ok("relay", where + " answers, and is for one session only"));
    } else if (problem.code() == ErrorCode.RELAY_KEY_MISMATCH) {
      tell(Finding.ok("relay", where + " answers"));
      tell(Finding.fail("key", Failures.describe(problem)));
      code = ExitCode.AUTHENTICATION;
    } else {
      tell(Finding.fail("relay", Failures.describe(problem)));
    }
  }

  private void tell(Finding finding) {
    if (finding.level() == Finding.Level.FAIL && code == ExitCode.OK) {
      code = ExitCode.OTHER;
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          Json.event("finding")
              .with("level", finding.level().name().toLowerCase(Locale.ROOT))
              .with("what", finding.what())
              .with("detail", finding.detail()));
    } else {
      boolean terminal = EscapedWriter.own(out) instanceof Results && Terminal.isStdout();
      int columns = terminal ? WindowSize.ofTerminal().now().columns() : Integer.MAX_VALUE;
      finding.lines(columns).forEach(out::println);
    }
    out.flush();
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
