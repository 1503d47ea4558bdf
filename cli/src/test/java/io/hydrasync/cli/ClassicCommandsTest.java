package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** send and recv over the wire of the Rust crate. */
class ClassicCommandsTest {
  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private Cli send(String... more) {
    String at = "127.0.0.1:" + relay.address().getPort();
    return Cli.run(
        Cli.join(
            new String[] {
              "send", file("in"), "--relay", at, "--ticket-file", file("ticket"), "--classic"
            },
            more));
  }

  private Cli recv(String... more) {
    return Cli.run(Cli.join(new String[] {"recv"}, more));
  }

  /** The ticket that send has written, with another text in place of one in it. */
  private String ticketWith(String old, String text) throws IOException {
    String ticket = Files.readString(Path.of(file("ticket"))).strip();
    assertThat(ticket).contains(old);
    return ticket.replace(old, text);
  }

  @Test
  void sendsAFileAsOneVersionAndReceivesItAsAnother() throws IOException {
    byte[] payload = new byte[300_000];
    new Random(2).nextBytes(payload);
    Files.write(Path.of(file("in")), payload);

    Cli send = send("1.0.0-beta.3");
    Cli first = recv("@" + file("ticket"), "-o", file("out1"));
    Cli second = recv(ticketWith("beta.3", "beta.4"), "-o", file("out2"));
    Cli agreed = recv("--classic", "@" + file("ticket"), "-o", file("out3"));
    Cli insisted = recv("--classic=1.0.0-beta.3", "@" + file("ticket"), "-o", file("out3"));

    assertThat(send.code()).isZero();
    assertThat(Files.readString(Path.of(file("ticket"))))
        .startsWith("hydra+classic://127.0.0.1:")
        .contains("?version=1.0.0-beta.3#");
    assertThat(send.err()).contains("receive with: hydra recv @").doesNotContain("--classic");
    assertThat(first).isEqualTo(new Cli(0, "", ""));
    assertThat(second).isEqualTo(new Cli(0, "", ""));
    assertThat(agreed).isEqualTo(new Cli(0, "", ""));
    assertThat(insisted).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out1"))).hasBinaryContent(payload);
    assertThat(Path.of(file("out2"))).hasBinaryContent(payload);
  }

  @Test
  void saysWhatAClosedConnectionCanMeanBeforeTheFirstMessage() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    assertThat(send().code()).isZero();

    String version = "1.0.0-beta.77"; // which only somebody who knows the relay can want
    String ticket = ticketWith("1.0.0-beta.6", version);
    Cli recv = recv("--classic", version, ticket, "-o", file("out"));

    assertThat(recv.code()).isEqualTo(ExitCode.OTHER);
    assertThat(Path.of(file("out"))).as("that was no end").doesNotExist();
    assertThat(recv.err().lines()).singleElement().asString().contains("does it serve " + version);
  }

  @Test
  void refusesATicketForAVersionThatItDoesNotSpeak() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    assertThat(send().code()).isZero();

    for (String other : new String[] {"1.0.0-beta.1", "1.0.0-beta.10"}) {
      Cli recv = recv(ticketWith("1.0.0-beta.6", other), "-o", file("out"));

      assertThat(recv.code()).isEqualTo(ExitCode.USAGE);
      assertThat(recv.err().lines())
          .singleElement()
          .asString()
          .contains(other, "this build speaks 1.0.0-beta.9, 1.0.0-beta.8", "1.0.0-beta.2");
      assertThat(Path.of(file("out"))).doesNotExist();
    }
  }

  @Test
  void refusesAWireThatTheTicketIsNotFor() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    assertThat(send().code()).isZero();
    String wire2 = "hydra://127.0.0.1:1/" + "A".repeat(86) + "#" + "A".repeat(43);

    Cli classic = recv("--classic", wire2);
    Cli sendClassic = Cli.run("send", file("in"), "--ticket", wire2, "--classic");
    Cli otherVersion = recv("--classic=1.0.0-beta.4", "@" + file("ticket"), "-o", file("out"));

    assertThat(classic.code()).isEqualTo(ExitCode.USAGE);
    assertThat(classic.err()).contains("this ticket is for wire 2; leave out --classic");
    assertThat(sendClassic.code()).isEqualTo(ExitCode.USAGE);
    assertThat(sendClassic.err()).contains("this ticket is for wire 2");
    assertThat(otherVersion.code()).isEqualTo(ExitCode.USAGE);
    assertThat(otherVersion.err()).contains("for version 1.0.0-beta.6", "says 1.0.0-beta.4");
  }

  @Test
  void sendsIntoTheSessionOfAClassicTicketAndTellsAllItsRelaysOn() throws IOException {
    Files.writeString(Path.of(file("in")), "again");
    String own = "127.0.0.1:" + relay.address().getPort();
    String session = "/" + "A".repeat(86) + "?version=1.0.0-beta.5#" + "A".repeat(43);
    String ticket = "hydra+classic://" + own + ",[::1]:1" + session;

    Cli send =
        Cli.run("send", file("in"), "--lines", "--ticket", ticket, "--ticket-file", file("t"));
    Cli recv = recv("@" + file("t"), "-o", file("out"));
    Cli shown = Cli.run("ticket", "show", "@" + file("t"));
    Cli json = Cli.run("ticket", "show", "--json", "@" + file("t"));

    assertThat(send.code()).isZero();
    assertThat(Files.readString(Path.of(file("t"))).strip()).isEqualTo(ticket);
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).hasContent("again");
    assertThat(shown.out())
        .contains("relay      " + own + ",[::1]:1\n")
        .contains("wire       classic, that of the Rust crate 1.0.0-beta.5\n")
        .contains("relay key  none: the classic wire has none");
    assertThat(json.out())
        .contains("\"relay\":\"" + own + "\"", "\"relays\":\"" + own + ",[::1]:1\"")
        .contains("\"wire\":\"classic\"", "\"version\":\"1.0.0-beta.5\"");
    assertThat(Cli.run("ticket", "qr", "@" + file("t")).code()).isZero();
  }

  @Test
  void tellsWhatToTypeForAVersionThatOnlyThisRelayKnows() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    try (HydraServer other =
        HydraServer.builder().classicVersions(List.of("1.1.0")).classicPacket(1).bind()) {
      String at = "127.0.0.1:" + other.address().getPort();
      Cli send =
          Cli.run("send", file("in"), "--relay", at, "--classic=1.1.0", "--ticket-file", file("t"));

      assertThat(send.err()).contains("hydra recv --classic 1.1.0 @");
      assertThat(recv("@" + file("t")).code()).isEqualTo(ExitCode.USAGE);
      Cli recv = recv("--classic", "1.1.0", "@" + file("t"), "-o", file("out"));
      assertThat(recv).isEqualTo(new Cli(0, "", ""));
      assertThat(Path.of(file("out"))).hasContent("x");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--keep, --keep needs wire 2",
    "--wait-consumers=1, --wait-consumers needs wire 2",
    "--wait-timeout=1s, --wait-timeout needs wire 2",
    "--overflow=skip, an overflow policy",
    "--heartbeat=1s, a heartbeat",
    "--reconnect-timeout=1s, reconnecting",
    "--known-relays=k, known relays"
  })
  void refusesToSendWithWhatOnlyWire2Has(String option, String what) throws IOException {
    Files.writeString(Path.of(file("in")), "x");

    Cli send = send(option);

    assertThat(send.code()).isEqualTo(ExitCode.USAGE);
    assertThat(send.err().lines()).singleElement().asString().contains(what);
    assertThat(Path.of(file("ticket"))).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "--no-wait, --no-wait needs wire 2",
    "--from=live, --from needs wire 2",
    "--from=beginning, --from needs wire 2",
    "--position-file=p, --position-file needs wire 2",
    "--allow-gaps, gaps",
    "--overflow=drop, an overflow policy"
  })
  void refusesToReceiveWithWhatOnlyWire2Has(String option, String what) throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    assertThat(send().code()).isZero();

    String sessionOfATicket = "@" + file("ticket");
    Cli recv = recv(sessionOfATicket, "-o", file("out"), option);

    assertThat(recv.code()).isEqualTo(ExitCode.USAGE);
    assertThat(recv.err().lines()).singleElement().asString().contains(what);
  }
}
