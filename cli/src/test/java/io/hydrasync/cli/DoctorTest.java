package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void looksAtThisMachine() {
    Cli cli = Cli.run("doctor");

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).contains("java", "MB/s", "nio", "not looked at");
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

  private Cli look(HydraServer relay) {
    return Cli.run("doctor", "--relay", where(relay), "--known-relays", known());
  }

  private static String where(HydraServer relay) {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private String known() {
    assertThat(Files.isDirectory(directory)).isTrue();
    return directory.resolve("known").toString();
  }
}
