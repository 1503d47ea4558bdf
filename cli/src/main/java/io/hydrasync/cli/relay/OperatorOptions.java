package io.hydrasync.cli.relay;

import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.cli.secret.ObserverFile;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.AdmissionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Option;

/** What a relay's operator can say about it: who is let in, what can be watched, how it ends. */
final class OperatorOptions {
  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "How many clients may have joined. Default: 10000.")
  private Optional<Integer> maxConnections = Optional.empty();

  @Option(
      names = "--max-joining",
      paramLabel = "N",
      description = "How many connections may not have joined yet. Default: 4000.")
  private Optional<Integer> maxJoining = Optional.empty();

  @Option(
      names = "--joining-per-address",
      paramLabel = "N",
      description = "How many of those from one address (IPv6: one /64). Default: 64.")
  private Optional<Integer> joiningPerAddress = Optional.empty();

  @Option(
      names = "--joining-per-56",
      paramLabel = "N",
      description = "How many of those from one IPv6 /56. Default: 512.")
  private Optional<Integer> joiningPer56 = Optional.empty();

  @Option(
      names = "--joining-per-48",
      paramLabel = "N",
      description = "How many of those from one IPv6 /48. Default: 2048.")
  private Optional<Integer> joiningPer48 = Optional.empty();

  @Option(
      names = "--connections-per-address",
      paramLabel = "N",
      description = "How many connections from one address (IPv6: one /64). Default: 1000.")
  private Optional<Integer> connectionsPerAddress = Optional.empty();

  @Option(
      names = "--max-sessions",
      paramLabel = "N",
      description = "How many sessions there may be. Default: 10000.")
  private Optional<Integer> maxSessions = Optional.empty();

  @Option(
      names = "--sessions-per-address",
      paramLabel = "N",
      description = "How many of them begun from one address (IPv6: one /64). Default: 1000.")
  private Optional<Integer> sessionsPerAddress = Optional.empty();

  @Option(
      names = "--consumers-per-session",
      paramLabel = "N",
      description = "How many consumers a session may have. Default: 10000.")
  private Optional<Integer> consumersPerSession = Optional.empty();

  @Option(
      names = "--handshake-rate",
      paramLabel = "N",
      description = "Handshakes per second of one address, on average. Default: 10.")
  private Optional<Integer> handshakeRate = Optional.empty();

  @Option(
      names = "--handshake-burst",
      paramLabel = "N",
      description = "Handshakes of one address at a time. Default: 20.")
  private Optional<Integer> handshakeBurst = Optional.empty();

  @Option(
      names = "--limit-loopback",
      description =
          "Treat loopback addresses as all others: for a relay behind a proxy on this machine.")
  private boolean limitLoopback;

  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description =
          "Who may join: lines of roles and a credential, as 'hydra admin new-credential' makes"
              + " them. A role that has one demands one. Default: producers and consumers join"
              + " freely.")
  private Optional<Path> credentials = Optional.empty();

  @Option(
      names = "--admin-key-file",
      paramLabel = "FILE",
      description =
          "The file of a credential for 'hydra admin' and 'hydra top', made when absent. Default:"
              + " none.")
  private Optional<Path> adminKeyFile = Optional.empty();

  @Option(
      names = "--classic-observer-file",
      paramLabel = "FILE",
      description =
          "The file of the token of observers of the Rust crate's beta.9, 128 hex digits, made when"
              + " absent. They get figures of this relay. Default: none, observers are refused.")
  private Optional<Path> classicObserverFile = Optional.empty();

  @Option(
      names = "--http",
      paramLabel = "[HOST:]PORT",
      description =
          "Serve /livez, /readyz, /metrics and a dashboard at / over plain HTTP without a login;"
              + " HOST is 127.0.0.1 unless given. Default: off.")
  private Optional<String> http = Optional.empty();

  @Option(
      names = "--drain-delay",
      paramLabel = "DURATION",
      defaultValue = "0",
      description =
          "After SIGTERM sessions go on for so long, but /readyz says no and no new session is"
              + " taken. Default: ${DEFAULT-VALUE}.")
  private Duration drainDelay = Duration.ZERO;

  @Option(
      names = "--drain-timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "How long consumers may then take to get what is there, and all to be told. A second"
              + " signal ends the relay at once. Default: ${DEFAULT-VALUE}.")
  private Duration drainTimeout = Duration.ofSeconds(10);

  AdmissionLimits limits() {
    AdmissionLimits limits = AdmissionLimits.DEFAULT;
    for (UnaryOperator<AdmissionLimits> change : changes()) {
      limits = change.apply(limits);
    }
    return limits;
  }

  /** Each limit for itself, so that all that are wrong can be told. */
  List<ConfigCheck.Step> eachLimit() {
    return changes().stream()
        .<ConfigCheck.Step>map(change -> () -> change.apply(AdmissionLimits.DEFAULT))
        .toList();
  }

  private List<UnaryOperator<AdmissionLimits>> changes() {
    AdmissionLimits standard = AdmissionLimits.DEFAULT;
    return List.of(
        limits -> limits.withMaxConnections(maxConnections.orElse(standard.maxConnections())),
        limits ->
            limits.withConnectionsPerAddress(
                connectionsPerAddress.orElse(standard.connectionsPerAddress())),
        limits -> limits.withMaxJoining(maxJoining.orElse(standard.maxJoining())),
        limits ->
            limits.withJoining(
                joiningPerAddress.orElse(standard.joiningPerAddress()),
                joiningPer56.orElse(standard.joiningPer56()),
                joiningPer48.orElse(standard.joiningPer48())),
        limits ->
            limits.withSessions(
                maxSessions.orElse(standard.maxSessions()),
                sessionsPerAddress.orElse(standard.sessionsPerAddress())),
        limits ->
            limits.withConsumersPerSession(
                consumersPerSession.orElse(standard.consumersPerSession())),
        limits ->
            limits.withHandshakes(
                handshakeRate.orElse(standard.handshakesPerSecond()),
                handshakeBurst.orElse(standard.handshakeBurst())),
        limits -> limits.withLoopbackExempt(!limitLoopback));
  }

  /** Makes what is absent and may be made. */
  void prepare() throws IOException {
    if (adminKeyFile.isPresent()) {
      CredentialFile.createAdmin(adminKeyFile.get());
    }
    if (classicObserverFile.isPresent()) {
      ObserverFile.create(classicObserverFile.get());
    }
  }

  /** All that are valid; an admin's file that is still to be made is not missed. */
  Map<Credential, Set<Role>> readCredentials() throws IOException {
    Map<Credential, Set<Role>> all = new HashMap<>(readListed());
    all.putAll(readAdmin());
    return all;
  }

  private Map<Credential, Set<Role>> readListed() throws IOException {
    return credentials.isPresent() ? CredentialFile.read(credentials.get()) : Map.of();
  }

  private Map<Credential, Set<Role>> readAdmin() throws IOException {
    return adminKeyFile.filter(OperatorOptions::isThere).isPresent()
        ? Map.of(CredentialFile.readAdmin(adminKeyFile.get()), Set.of(Role.ADMIN))
        : Map.of();
  }

  /** What is read or looked up where the relay begins, each on its own. */
  List<ConfigCheck.Step> eachSource() {
    return List.of(
        ConfigCheck.of("--http", this::http),
        ConfigCheck.of("--credentials", this::readListed),
        ConfigCheck.of("--admin-key-file", this::readAdmin));
  }

  /** The observers' token; a file that is still to be made is not missed. */
  Optional<byte[]> readObserver() throws IOException {
    return classicObserverFile.filter(OperatorOptions::isThere).isPresent()
        ? Optional.of(ObserverFile.read(classicObserverFile.get()))
        : Optional.empty();
  }

  /** An empty name, a mistake of its own, is the working directory otherwise. */
  private static boolean isThere(Path file) {
    return !file.toString().isEmpty() && Files.exists(file);
  }

  /** That what is read or made can be. */
  void checkFiles(ConfigCheck check) {
    check.file("--admin-key-file", adminKeyFile);
    check.file("--classic-observer-file", classicObserverFile);
  }

  boolean hasHttp() {
    return http.isPresent();
  }

  Optional<InetSocketAddress> http() {
    return http.map(
        text -> {
          HostPort where = HostPort.parse(text.matches("\\d+") ? "127.0.0.1:" + text : text);
          InetSocketAddress address = new InetSocketAddress(where.host(), where.port());
          if (address.isUnresolved()) {
            throw new IllegalArgumentException("unknown host " + where.host());
          }
          return address;
        });
  }

  /** Whether who can reach the machine can see the dashboard. */
  static boolean isOpen(InetSocketAddress address) {
    InetAddress ip = address.getAddress();
    return ip != null && !ip.isLoopbackAddress();
  }

  Duration drainDelay() {
    return drainDelay;
  }

  Duration drainTimeout() {
    return drainTimeout;
  }
}
