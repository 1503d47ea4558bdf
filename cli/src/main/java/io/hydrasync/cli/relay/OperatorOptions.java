package io.hydrasync.cli.relay;

import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.check.HostPort;
import io.hydrasync.server.AdmissionLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    AdmissionLimits standard = AdmissionLimits.DEFAULT;
    return standard
        .withMaxConnections(maxConnections.orElse(standard.maxConnections()))
        .withConnectionsPerAddress(connectionsPerAddress.orElse(standard.connectionsPerAddress()))
        .withMaxJoining(maxJoining.orElse(standard.maxJoining()))
        .withJoining(
            joiningPerAddress.orElse(standard.joiningPerAddress()),
            joiningPer56.orElse(standard.joiningPer56()),
            joiningPer48.orElse(standard.joiningPer48()))
        .withSessions(
            maxSessions.orElse(standard.maxSessions()),
            sessionsPerAddress.orElse(standard.sessionsPerAddress()))
        .withConsumersPerSession(consumersPerSession.orElse(standard.consumersPerSession()))
        .withHandshakes(
            handshakeRate.orElse(standard.handshakesPerSecond()),
            handshakeBurst.orElse(standard.handshakeBurst()))
        .withLoopbackExempt(!limitLoopback);
  }

  /** Makes what is absent and may be made. */
  void prepare() throws IOException {
    if (adminKeyFile.isPresent()) {
      CredentialFile.createAdmin(adminKeyFile.get());
    }
  }

  /** All that are valid; an admin's file that is still to be made is not missed. */
  Map<Credential, Set<Role>> readCredentials() throws IOException {
    Map<Credential, Set<Role>> all = new HashMap<>();
    if (credentials.isPresent()) {
      all.putAll(CredentialFile.read(credentials.get()));
    }
    if (adminKeyFile.isPresent() && adminKeyFile.get().toFile().exists()) {
      all.put(CredentialFile.readAdmin(adminKeyFile.get()), Set.of(Role.ADMIN));
    }
    return all;
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
