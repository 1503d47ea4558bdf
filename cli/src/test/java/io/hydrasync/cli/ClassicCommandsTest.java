package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        CommandsTest.join(
            new String[] {
              "send", file("in"), "--relay", at, "--ticket-file", file("ticket"), "--classic"
            },
            more));
  }

  private Cli recv(String... more) {
    return Cli.run(CommandsTest.join(new String[] {"recv", "--classic"}, more));
  }

  @Test
  void sendsAFileAsOneVersionAndReceivesItAsAnother() throws IOException {
    byte[] payload = new byte[300_000];
    new Random(2).nextBytes(payload);
    Files.write(Path.of(file("in")), payload);

    Cli send = send("1.0.0-beta.3");
    Cli first = recv("@" + file("ticket"), "-o", file("out1"));
    Cli second = recv("1.0.0-beta.2", "@" + file("ticket"), "-o", file("out2"));

    assertThat(send.code()).isZero();
    assertThat(Files.readString(Path.of(file("ticket")))).doesNotContain("relay=");
    assertThat(first).isEqualTo(new Cli(0, "", ""));
    assertThat(second).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out1"))).hasBinaryContent(payload);
    assertThat(Path.of(file("out2"))).hasBinaryContent(payload);
  }

  @Test
  void saysWhatAClosedConnectionCanMeanBeforeTheFirstMessage() throws IOException {
    Files.writeString(Path.of(file("in")), "x");
    assertThat(send().code()).isZero();

    Cli recv = recv("1.0.0-beta.77", "@" + file("ticket"), "-o", file("out"));

    assertThat(recv.code()).isEqualTo(ExitCode.TRUNCATED);
    assertThat(Path.of(file("out"))).as("that was no end").doesNotExist();
    assertThat(recv.err().lines()).singleElement().asString().contains("refuses", "version");
  }

  @ParameterizedTest
  @CsvSource({
    "--keep, --keep needs wire 2",
    "--wait-consumers=1, --wait-consumers needs wire 2",
    "--wait-timeout=1s, --wait-timeout needs wire 2",
    "--overflow=skip, an overflow policy",
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

    Cli recv = recv("@" + file("ticket"), "-o", file("out"), option);

    assertThat(recv.code()).isEqualTo(ExitCode.USAGE);
    assertThat(recv.err().lines()).singleElement().asString().contains(what);
  }
}
