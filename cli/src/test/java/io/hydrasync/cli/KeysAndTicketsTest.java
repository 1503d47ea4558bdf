package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.console.QrText;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeysAndTicketsTest {
  private static final String KEY = "A".repeat(43);

  @TempDir private Path directory = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"owner", "relay", "credential", "cluster"})
  void makesAKeyThatOnlyItsOwnerCanRead(String kind) throws IOException {
    Cli cli = Cli.run("key", "new", kind, file("key"));

    String secret = Files.readString(path("key")).strip();
    assertThat(cli.code()).isZero();
    assertThat(cli.err()).isEmpty();
    assertThat(secret).matches("[0-9a-f]{64}");
    assertThat(cli.out()).hasLineCount(1).doesNotContain(secret);
    if (Files.getFileStore(path("key")).supportsFileAttributeView("posix")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path("key"))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void neverReplacesAKey() throws IOException {
    Files.writeString(path("key"), "precious");

    Cli cli = Cli.run("key", "new", "owner", file("key"));

    assertThat(cli.code()).isEqualTo(1);
    assertThat(cli.err()).hasLineCount(1).contains("exists already");
    assertThat(path("key")).hasContent("precious");
    assertThat(directory.toFile().list()).containsExactly("key");
  }

  @Test
  void makesARelayKeyThatARelayHas() {
    Cli cli = Cli.run("key", "new", "relay", file("key"));

    try (HydraServer relay = HydraServer.builder().keyFile(path("key")).bind()) {
      assertThat(relay.relayKey()).hasToString(cli.out().strip());
    }
  }

  @Test
  void makesNoTicketWithAZone() {
    Cli made = Cli.run("ticket", "new", "--plain", "--relay", "[fe80::1%eth0]:4370");
    Cli sent = Cli.run("send", "--relay", "[fe80::1%eth0]:4370");

    assertThat(made.code()).isEqualTo(2);
    assertThat(made.err()).contains("a ticket's host has no percent sign");
    assertThat(sent.code()).isEqualTo(2);
    assertThat(sent.err()).contains("[fe80::1%eth0]:4370 cannot stand in a ticket");
  }

  @Test
  void makesATicketOfSeveralRelaysOfWhichOneIsEnough() throws IOException {
    Files.writeString(path("in"), "for all");
    String nowhere;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nowhere = "127.0.0.1:" + free.getLocalPort();
    }
    try (HydraServer relay = HydraServer.bindDefault()) {
      String both = nowhere + ",127.0.0.1:" + relay.address().getPort();

      Cli made = Cli.run("ticket", "new", "--plain", "--relay", both, "-o", file("ticket"));
      Cli sent =
          Cli.run(
              "send",
              file("in"),
              "--ticket",
              "@" + file("ticket"),
              "--known-relays",
              file("known"),
              "--wait-consumers",
              "0");
      Cli received =
          Cli.run("recv", "@" + file("ticket"), "--known-relays", file("known"), "-o", file("out"));

      assertThat(made.code()).as(made.err()).isZero();
      assertThat(Files.readString(path("ticket"))).startsWith("hydra://" + both + "/");
      assertThat(sent.code()).as(sent.err()).isZero();
      assertThat(sent.err())
          .contains("first use of the relay 127.0.0.1:" + relay.address().getPort());
      assertThat(received.code()).as(received.err()).isZero();
      assertThat(Files.readString(path("out"))).isEqualTo("for all");
    }
  }

  @Test
  void aTicketReplacesAnotherOnlyWhenToldTo() throws IOException {
    String[] make = {"ticket", "new", "--plain", "--relay", "localhost:1", "-o", file("ticket")};
    assertThat(Cli.run(make)).isEqualTo(new Cli(0, "", ""));
    String first = Files.readString(path("ticket"));

    Cli refused = Cli.run(make);

    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err())
        .contains(path("ticket") + " exists already, and is left as it is")
        .contains("--force")
        .hasLineCount(1);
    assertThat(path("ticket")).hasContent(first);

    assertThat(Cli.run(Cli.join(make, "--force"))).isEqualTo(new Cli(0, "", ""));
    assertThat(Files.readString(path("ticket"))).startsWith("hydra://").isNotEqualTo(first);
  }

  @Test
  void makesATicketIntoWhoseSessionTheOwnerSends() throws IOException {
    Files.writeString(path("in"), "for all");
    Cli.run("key", "new", "owner", file("owner"));
    try (HydraServer relay = HydraServer.bindDefault()) {
      String where = "127.0.0.1:" + relay.address().getPort();

      Cli made =
          Cli.run(
              "ticket",
              "new",
              "--relay",
              where,
              "--relay-key",
              relay.relayKey().toString(),
              "--owner-key",
              "@" + file("owner"),
              "-o",
              file("ticket"));
      Cli send =
          Cli.run(
              "send",
              file("in"),
              "--wait-consumers=0",
              "--ticket",
              "@" + file("ticket"),
              "--owner-key",
              "@" + file("owner"));
      Cli stranger = Cli.run("send", file("in"), "--ticket", "@" + file("ticket"));
      Cli recv = Cli.run("recv", "@" + file("ticket"), "-o", file("out"));

      assertThat(made).isEqualTo(new Cli(0, "", ""));
      assertThat(send).as("does not repeat the ticket").isEqualTo(new Cli(0, "", ""));
      assertThat(stranger.code()).isEqualTo(2);
      assertThat(recv).isEqualTo(new Cli(0, "", ""));
      assertThat(path("out")).hasContent("for all");
    }
  }

  @Test
  void showsATicketWithoutItsSecrets() {
    String text = plainTicket();
    Ticket ticket = Ticket.parse(text);

    Cli shown = Cli.run("ticket", "show", text);
    Cli json = Cli.run("ticket", "show", "--json", text);

    String key = text.substring(text.indexOf('#') + 1);
    String id = text.substring(text.lastIndexOf('/') + 1, text.indexOf('?'));
    assertThat(shown.code()).isZero();
    assertThat(shown.out()).contains("relay.example:4370", KEY, ticket.sessionId().logName());
    assertThat(shown.out()).contains("everybody with the ticket can send");
    assertThat(json.out())
        .isEqualTo(
            "{\"relay\":\"relay.example:4370\",\"wire\":\"wire_2\",\"relay_key\":\""
                + KEY
                + "\",\"session\":\""
                + ticket.sessionId().logName()
                + "\"}\n");
    assertThat(shown.out() + json.out()).doesNotContain(key, id);
  }

  @Test
  void showsATicketAsAQrCode() {
    String text = plainTicket();

    Cli cli = Cli.run("ticket", "qr", "--invert", text);

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).isEqualTo(QrText.of(text).plain(true) + "\n");
  }

  @Test
  void listsPinsAndForgetsRelays() throws IOException {
    String other = "B".repeat(42) + "A";
    Files.writeString(path("known"), "# mine\nb.example:1 " + other + "\n");
    String[] at = {"--known-relays", file("known")};

    Cli pin = Cli.run("known-relays", "pin", "a.example:1", KEY, at[0], at[1]);
    Cli again = Cli.run("known-relays", "pin", "b.example:1", KEY, at[0], at[1]);
    Cli list = Cli.run("known-relays", "list", at[0], at[1]);
    Cli forget = Cli.run("known-relays", "forget", "a.example:1", at[0], at[1]);
    Cli unknown = Cli.run("known-relays", "forget", "a.example:1", at[0], at[1]);

    assertThat(pin).isEqualTo(new Cli(0, "", ""));
    assertThat(again).isEqualTo(new Cli(0, "", ""));
    assertThat(list)
        .isEqualTo(new Cli(0, "a.example:1 " + KEY + "\nb.example:1 " + KEY + "\n", ""));
    assertThat(forget).isEqualTo(new Cli(0, "", ""));
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.err()).hasLineCount(1);
    assertThat(path("known")).hasContent("# mine\nb.example:1 " + KEY + "\n");
  }

  @Test
  void warnsOfARelayWhoseKeyHasChangedAndSaysWhatToDo() throws IOException {
    Files.writeString(path("in"), "x");
    try (HydraServer relay = HydraServer.bindDefault()) {
      String where = "127.0.0.1:" + relay.address().getPort();
      Cli.run("known-relays", "pin", where, KEY, "--known-relays", file("known"));
      String[] send = {
        "send", file("in"), "--wait-consumers=0", "--relay", where, "--known-relays", file("known")
      };

      Cli refused = Cli.run(send);
      Cli.run("known-relays", "forget", where, "--known-relays", file("known"));
      Cli trusted = Cli.run(send);

      assertThat(refused.code()).isEqualTo(5);
      assertThat(refused.err())
          .hasLineCount(1)
          .contains("WARNING", KEY, relay.relayKey().toString())
          .contains("hydra known-relays forget " + where + " --known-relays " + file("known"));
      assertThat(trusted.code()).isZero();
      assertThat(trusted.err()).contains("first use of the relay");
    }
  }

  private String plainTicket() {
    Cli made =
        Cli.run("ticket", "new", "--relay", "relay.example:4370", "--relay-key", KEY, "--plain");
    assertThat(made.code()).isZero();
    return made.out().strip();
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private String file(String name) {
    return path(name).toString();
  }

  @Test
  void aTicketOfTwoKeysIsMadeAndShown() {
    String[] keys = {"A".repeat(43), "A".repeat(42) + "E"};
    Cli made =
        Cli.run(
            "ticket",
            "new",
            "--plain",
            "--relay",
            "relay.example:1",
            "--relay-key=" + keys[0] + "," + keys[1]);
    String ticket = made.out().strip();
    assertThat(ticket).contains("?relay=" + keys[0] + "," + keys[1] + "#");
    assertThat(Cli.run("ticket", "show", ticket).out())
        .contains("relay key  " + keys[0], "or         " + keys[1] + ", while");
    assertThat(Cli.run("ticket", "show", "--json", ticket).out())
        .contains("\"relay_key\":\"" + keys[0] + "\"", "\"relay_key_also\":\"" + keys[1] + "\"");
  }
}
