package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a relay in this JVM. */
class CommandsTest {
  private static final String WRONG_KEY = "A".repeat(43);

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  @Test
  void sendsAFileToWhoeverHasTheTicket() throws IOException {
    byte[] payload = new byte[300_000];
    new Random(1).nextBytes(payload);
    Files.write(Path.of(file("in")), payload);

    Cli send = send("in");
    Cli first = recv("@" + file("ticket"), "-o", file("out1"));
    Cli second = recv(Files.readString(ticket()).strip(), "-o", file("out2"), "--verbose");

    assertThat(send.code()).isZero();
    assertThat(send.out()).isEmpty();
    assertThat(send.err().lines())
        .containsExactly(
            "ticket: " + Files.readString(ticket()).strip(),
            "receive with: hydra recv @" + file("ticket"));
    assertThat(first).isEqualTo(new Cli(0, "", ""));
    assertThat(second.code()).isZero();
    assertThat(second.err()).startsWith("received 293 KiB in 5 messages");
    assertThat(Path.of(file("out1"))).hasBinaryContent(payload);
    assertThat(Path.of(file("out2"))).hasBinaryContent(payload);
  }

  @Test
  void putsTheKeyThatWasSeenIntoTheTicket() throws IOException {
    Files.writeString(Path.of(file("in")), "x");

    Cli send =
        run(
            "send",
            file("in"),
            "--wait-consumers=0",
            "--ticket-file",
            file("ticket"),
            "--known-relays",
            file("k"));

    assertThat(send.code()).isZero();
    assertThat(send.err()).contains("first use of the relay " + where());
    assertThat(Path.of(file("k"))).hasContent(where() + " " + relay.relayKey() + "\n");
    Ticket ticket = Ticket.parse(Files.readString(ticket()).strip());
    assertThat(ticket.relayKey()).contains(relay.relayKey());
    assertThat(ticket.addresses().get(0).host()).isEqualTo("127.0.0.1");
    Cli again = run("send", file("in"), "--wait-consumers=0", "--known-relays", file("k"));
    assertThat(again.err()).doesNotContain("first use");
  }

  @Test
  void sendsLineByLine() throws IOException {
    Files.writeString(Path.of(file("in")), "one\n\nthree");

    Cli send = send("in", "--lines");
    Cli recv = recv("@" + file("ticket"), "--lines", "-o", file("out"));
    Cli two = recv("@" + file("ticket"), "--lines", "--count", "2", "-o", file("out2"));

    assertThat(send.code()).isZero();
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).hasContent("one\n\nthree\n");
    assertThat(two.code()).isZero();
    assertThat(Path.of(file("out2"))).hasContent("one\n\n");
  }

  @Test
  void endsWith4WhereTheInputBrokeOff() throws IOException {
    try (HydraServer small = HydraServer.builder().maxFrame(128 << 10).bind()) {
      Files.writeString(Path.of(file("in")), "one\n" + "x".repeat(200_000));
      String at = "127.0.0.1:" + small.address().getPort();

      Cli send =
          Cli.run(
              Cli.join(
                  new String[] {"send"},
                  file("in"),
                  "--lines",
                  "--relay",
                  at,
                  "--ticket-file",
                  file("ticket"),
                  "--relay-key",
                  small.relayKey().toString()));
      Cli recv = recv("@" + file("ticket"), "--lines", "-o", file("out"));

      assertThat(send.code()).isEqualTo(1);
      assertThat(send.err()).contains("line 2 is longer than");
      assertThat(recv.code()).isEqualTo(4);
      assertThat(recv.err().lines()).hasSize(1);
    }
  }

  @Test
  void usesASessionThatBothKnow() throws IOException {
    Files.writeString(Path.of(file("in")), "known");
    Files.writeString(Path.of(file("key")), "ab".repeat(32) + "\n");
    String[] session = {"--session-id", "cd".repeat(64), "--session-key", "@" + file("key")};

    Cli send = send("in", session);
    Cli recv =
        run(
            "recv",
            session[0],
            session[1],
            session[2],
            session[3],
            "-o",
            file("out"),
            "--relay-key",
            relay.relayKey().toString());

    assertThat(send.code()).isZero();
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).hasContent("known");
  }

  @Test
  void letsOnlyTheOwnerSendIntoAnOwnedSession() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    Files.writeString(Path.of(file("owner")), "01".repeat(32));
    Cli send = send("in", "--owner-key", "@" + file("owner"));
    Ticket ticket = Ticket.parse(Files.readString(ticket()).strip());
    String[] session = {
      "--session-id", HexFormat.of().formatHex(ticket.sessionId().toBytes()),
      "--session-key", HexFormat.of().formatHex(ticket.sessionKey().secretBytes())
    };

    Cli stranger = send("in", session);
    Cli owner =
        send(
            "in",
            session[0],
            session[1],
            session[2],
            session[3],
            "--owner-key",
            "@" + file("owner"));

    assertThat(send.code()).isZero();
    assertThat(ticket.sessionId().isOwned()).isTrue();
    assertThat(stranger.code()).isEqualTo(2);
    assertThat(stranger.err()).contains("--owner-key");
    assertThat(owner.code()).isZero();
  }

  @Test
  void endsWith5WhereTheSessionKeyIsWrong() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    send("in");
    String right = Files.readString(ticket()).strip();
    String wrong = right.substring(0, right.length() - WRONG_KEY.length()) + WRONG_KEY;

    Cli recv = recv(wrong, "-o", file("out"));

    assertThat(recv.code()).isEqualTo(5);
    assertThat(recv.err().lines()).hasSize(1);
    assertThat(recv.err()).startsWith("hydra recv: ").contains("key").doesNotContain(WRONG_KEY);
    assertThat(Path.of(file("out"))).as("nothing has come").doesNotExist();
  }

  @Test
  void endsWith5WhereTheRelayHasAnotherKey() throws IOException {
    Files.writeString(Path.of(file("in")), "x");

    Cli send = run("send", file("in"), "--relay-key", WRONG_KEY);

    assertThat(send.code()).isEqualTo(5);
    assertThat(send.err()).startsWith("hydra send: ").contains("relay");
    assertThat(relay.sessions()).isZero();
  }

  @Test
  void showsAStackTraceOnlyIfAsked() {
    Cli quiet = run("send", file("missing"));
    Cli verbose = run("send", file("missing"), "--verbose");

    assertThat(quiet.code()).isEqualTo(1);
    assertThat(quiet.err().lines()).hasSize(1);
    assertThat(verbose.err()).contains("    at ");
  }

  @Test
  void demoShowsThatEverybodyGetsEverything() {
    Cli demo = Cli.run("demo", "--seconds", "0");

    assertThat(demo.err()).isEmpty();
    assertThat(demo.code()).isZero();
    assertThat(demo.out())
        .contains("3 of 3 consumers", "could read: nothing", "0 times", "nothing lost");
  }

  private Path ticket() {
    return Path.of(file("ticket"));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private String where() {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private Cli send(String file, String... more) {
    String[] args = {
      "send",
      file(file),
      "--wait-consumers=0",
      "--ticket-file",
      file("ticket"),
      "--relay-key",
      relay.relayKey().toString()
    };
    return run(Cli.join(args, more));
  }

  private static Cli recv(String... args) {
    return Cli.run(Cli.join(new String[] {"recv"}, args));
  }

  private Cli run(String... args) {
    return Cli.run(Cli.join(args, "--relay", where()));
  }
}
