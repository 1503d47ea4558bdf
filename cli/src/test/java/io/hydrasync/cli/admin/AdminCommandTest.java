package io.hydrasync.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.operator.AdminRequests;
import io.hydrasync.operator.RelayLifecycle;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The commands of operators against a relay in this JVM. */
class AdminCommandTest implements RelayLifecycle {
  private static final String SECRET = CredentialFile.fresh();

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final HydraServer relay =
      HydraServer.builder()
          .credential(Credential.of(HexFormat.of().parseHex(SECRET)), Set.of(Role.ADMIN))
          .admin(new AdminRequests(this))
          .bind();
  private final SessionSecrets session = SessionSecrets.generate();
  private final HydraProducer producer = HydraProducer.connect(relay.address(), session);

  @Override
  public Duration drainDelay() {
    return Duration.ofSeconds(1);
  }

  @Override
  public Duration drainTimeout() {
    return Duration.ofSeconds(2);
  }

  @Override
  public void drain(Duration delay, Duration bound) {
    asked.add("drain " + delay + " " + bound);
  }

  @Override
  public String reload() {
    throw new IllegalArgumentException("line 3 is wrong");
  }

  @AfterEach
  void close() {
    producer.abort();
    relay.close();
  }

  private Cli run(String... args) {
    return runWith(SECRET, args);
  }

  private Cli runWith(String credential, String... args) {
    return Cli.run(
        Stream.concat(
                Arrays.stream(args),
                Stream.of(
                    "--relay",
                    "127.0.0.1:" + relay.address().getPort(),
                    "--relay-key",
                    relay.relayKey().toString(),
                    "--credential",
                    credential))
            .toArray(String[]::new));
  }

  private String name() {
    return session.id().logName();
  }

  @Test
  void showsTheRelayAndItsSessions() {
    Cli status = run("admin", "status");
    Cli sessions = run("admin", "sessions", "--sort", "received");
    Cli one = run("admin", "session", name());
    Cli json = run("admin", "sessions", "--json");

    assertThat(status.err()).isEmpty();
    assertThat(status.out()).contains("running, up ", "producer 1", "rejected     none", " of ");
    assertThat(sessions.out()).contains("SESSION", name(), "live", "backpressure").hasLineCount(2);
    assertThat(one.out()).contains("CONNECTION", "127.0.0.1:", "producer");
    assertThat(json.out()).startsWith("{").contains("\"ok\": true", "\"name\": \"" + name());
  }

  @Test
  void kicksAndEnds() {
    String line = run("admin", "session", name()).out().lines().skip(4).findFirst().orElseThrow();
    String connection = line.split(" ")[0];

    assertThat(run("admin", "kick", connection)).isEqualTo(new Cli(0, "kicked\n", ""));
    assertThat(run("admin", "end-session", name())).isEqualTo(new Cli(0, "ended\n", ""));
    assertThat(run("admin", "end-session", name()))
        .isEqualTo(new Cli(1, "", "hydra admin end-session: no session " + name() + "\n"));
  }

  @Test
  void changesLimits() {
    Cli cli =
        run(
            "admin",
            "set-limits",
            "maxSessions=7",
            "maxJoining=9",
            "joiningPerAddress=3",
            "joiningPer56=4",
            "joiningPer48=5",
            "sessionsPerAddress=6",
            "loopbackExempt=false");

    assertThat(cli.out())
        .containsPattern("maxSessions +7")
        .containsPattern("maxJoining +9")
        .containsPattern("joiningPerAddress +3")
        .containsPattern("joiningPer56 +4")
        .containsPattern("joiningPer48 +5")
        .containsPattern("sessionsPerAddress +6")
        .containsPattern("loopbackExempt +false");
    assertThat(relay.operator().admission().maxSessions()).isEqualTo(7);
    assertThat(run("admin", "set-limits", "nonsense=7").code()).isEqualTo(1);
  }

  @Test
  void drainsAndReloads() {
    assertThat(run("admin", "drain", "--timeout", "3s").out()).isEqualTo("draining\n");
    assertThat(asked).containsExactly("drain PT1S PT3S");
    assertThat(run("admin", "reload"))
        .isEqualTo(new Cli(1, "", "hydra admin reload: line 3 is wrong\n"));
  }

  @Test
  void needsTheRightCredentialAndQuotesNone() {
    Cli wrong = runWith("ab".repeat(32), "admin", "status");
    Cli malformed = runWith(SECRET + "ff", "admin", "status");

    assertThat(wrong.code()).isEqualTo(5);
    assertThat(wrong.err()).contains("UNAUTHORIZED").doesNotContain("abab").hasLineCount(1);
    assertThat(malformed.code()).isEqualTo(2);
    assertThat(malformed.err()).doesNotContain(SECRET.substring(0, 16)).hasLineCount(1);
  }

  @Test
  void topShowsOneLookBelowTheOther() {
    producer.broadcast(new byte[100_000]);

    Cli top = run("top", "--count", "2", "--interval", "100ms");

    assertThat(top.err()).isEmpty();
    assertThat(top.code()).isZero();
    assertThat(top.out().lines().filter(line -> line.startsWith("hydra top"))).hasSize(2);
    assertThat(top.out().lines().filter(line -> line.startsWith(name()))).hasSize(2);
  }

  @Test
  void makesCredentialsThatTheRelayTakes() {
    Cli cli = Cli.run("admin", "new-credential", "producer,consumer");

    assertThat(cli.out().strip()).matches("producer,consumer [0-9a-f]{64}");
    assertThat(Cli.run("admin", "new-credential", "admin").out()).isNotEqualTo(cli.out());
  }
}
