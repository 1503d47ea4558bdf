package io.hydrasync.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  private static final double HERE = Instant.parse("2026-11-29T12:00:00Z").toEpochMilli();

  @TempDir private Path directory = Path.of("");

  @Test
  void looksAtThisMachine() {
    Cli cli = Cli.run("doctor");

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("java", "AES-256-GCM is ", "nio", "not looked at");
  }

  @Test
  void tellsAFigureOfTheCryptographyOnlyWhereItIsTooSlow() {
    assertThat(LocalChecks.crypto(1 << 20))
        .isEqualTo(Finding.ok("crypto", "AES-256-GCM is fast: more than 1 MiB/s on one thread"));
    Finding slow = LocalChecks.crypto(1e15);
    assertThat(slow.level()).isEqualTo(Finding.Level.WARN);
    assertThat(slow.detail()).matches("AES-256-GCM is slow: [0-9.]+ [MG]iB/s on one thread; .*");
  }

  @Test
  void findsTheRelayAndRemembersNothing() {
    try (HydraServer relay = HydraServer.bindDefault()) {
      Cli cli = look(relay);

      assertThat(cli.code()).isZero();
      assertThat(cli.out()).contains("answers", "warn  key", relay.relayKey().toString());
      assertThat(directory).isEmptyDirectory();
    }
  }

  @Test
  void findsAKnownRelay() {
    try (HydraServer relay = HydraServer.bindDefault()) {
      Cli.run(
          "known-relays",
          "pin",
          where(relay),
          relay.relayKey().toString(),
          "--known-relays",
          known());

      assertThat(look(relay).out()).contains("as remembered");
    }
  }

  @Test
  void endsWith5WhereTheKeyIsAnother() {
    try (HydraServer relay = HydraServer.bindDefault()) {
      Cli.run("known-relays", "pin", where(relay), "A".repeat(43), "--known-relays", known());

      Cli cli = look(relay);

      assertThat(cli.code()).isEqualTo(5);
      assertThat(cli.out()).contains("fail  key");
    }
  }

  @Test
  void endsWith1WhereThereIsNoRelay() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    Cli cli = Cli.run("doctor", "--relay", "127.0.0.1:" + port, "--json");

    assertThat(cli.code()).isEqualTo(1);
    assertThat(cli.out()).contains("{\"event\":\"finding\",\"level\":\"fail\",\"what\":\"relay\"");
  }

  @Test
  void findsARelayThatAsksForACredential() {
    Credential credential = Credential.generate(new SecureRandom());
    try (HydraServer relay =
        HydraServer.builder().credential(credential, Set.of(Role.CONSUMER)).bind()) {
      Cli cli = look(relay);

      assertThat(cli.code()).isZero();
      assertThat(cli.out()).contains("asks for a credential");
    }
  }

  @Test
  void comparesTheClockWithTheRelays() {
    String secret = CredentialFile.fresh();
    Credential admin = Credential.of(HexFormat.of().parseHex(secret));
    try (HydraServer relay =
        HydraServer.builder()
            .credential(admin, Set.of(Role.ADMIN))
            .admin(
                (operator, request) ->
                    "{\"ok\":true,\"timeMs\":4102444800000}".getBytes(StandardCharsets.UTF_8))
            .bind()) {
      assertThat(look(relay).out()).contains("note  clock      not compared");
      assertThat(look(relay, "--credential", secret).out())
          .containsPattern(
              "fail  clock +this machine's says 20[0-9T:-]+Z, the relay's 2100-01-01T00:00:0[0-9]Z:"
                  + " [0-9]+ days( [0-9]+ hours?)? ahead; one of the two is wrong");
      assertThat(look(relay, "--credential", "00".repeat(32)).out())
          .contains("warn  clock", "UNAUTHORIZED");
      assertThat(look(relay, "--credential", secret + "0").code()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 3, OK, 'as the relay''s, as far as 4 ms can tell'",
    "-4, 3, OK, 'as the relay''s, as far as 4 ms can tell'",
    "900, 3, OK, 'the relay''s is ahead by 900 ms, give or take 4 ms'",
    "-1500, 100, WARN, 'the relay''s is behind by 1500 ms, give or take 101 ms; the times in logs"
        + " differ, nothing else does'",
    "-7200000, 3, WARN, 'this machine''s says 2026-11-29T12:00:00Z, the relay''s"
        + " 2026-11-29T10:00:00Z: 2 hours behind; one of the two is wrong: the times in logs differ,"
        + " nothing else does'",
    "864000000, 3, FAIL, 'this machine''s says 2026-11-29T12:00:00Z, the relay''s"
        + " 2026-12-09T12:00:00Z: 10 days ahead; one of the two is wrong, and with clocks that are"
        + " more than a day apart producers and consumers are refused'"
  })
  void claimsNoMoreOfTheClocksThanItKnows(
      double ahead, double uncertainty, Finding.Level level, String detail) {
    assertThat(new ClockCheck.Answer(HERE, ahead, uncertainty).finding())
        .isEqualTo(new Finding(level, "clock", detail));
  }

  private Cli look(HydraServer relay, String... more) {
    return Cli.run(
        Stream.concat(
                Stream.of("doctor", "--relay", where(relay), "--known-relays", known()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static String where(HydraServer relay) {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private String known() {
    assertThat(Files.isDirectory(directory)).isTrue();
    return directory.resolve("known").toString();
  }
}
