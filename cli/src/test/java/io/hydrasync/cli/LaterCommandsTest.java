package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands over the later wire of the Rust crate, whose packets have one length. */
@Tag("any-jdk")
class LaterCommandsTest {
  private static final int PACKET = 16;
  private static final String NEWEST = "1.0.0-beta.9";

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.builder().classicPacket(PACKET).bind();

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private String at() {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private byte[] payload(int size) throws IOException {
    byte[] payload = new byte[size];
    new Random(size).nextBytes(payload);
    Files.write(Path.of(file("in")), payload);
    return payload;
  }

  private void ticket(String version) {
    String[] make = {
      "ticket", "new", "--relay", at(), "--classic=" + version, "-o", file("ticket")
    };
    assertThat(Cli.run(make)).isEqualTo(new Cli(0, "", ""));
  }

  private Cli send(String... more) {
    return Cli.run(Cli.join(new String[] {"send", "--ticket", "@" + file("ticket")}, more));
  }

  private Cli recv(String... more) {
    return Cli.run(Cli.join(new String[] {"recv", "@" + file("ticket")}, more));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.7", "1.0.0-beta.8", NEWEST})
  void sendsAFileOfWholePackets(String version) throws IOException {
    byte[] payload = payload(10_000 * PACKET);

    Cli send =
        Cli.run(
            "send",
            file("in"),
            "--relay",
            at(),
            "--classic=" + version,
            "--ticket-file",
            file("ticket"));
    Cli recv = recv("-o", file("out"));

    assertThat(send.code()).isZero();
    assertThat(send.err()).doesNotContain("--classic");
    assertThat(Files.readString(Path.of(file("ticket"))))
        .startsWith("hydra+classic://" + at())
        .contains("?version=" + version + "#");
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).hasBinaryContent(payload);
    assertThat(Cli.run("ticket", "show", "@" + file("ticket")).out())
        .contains("wire       classic, that of the Rust crate " + version);
  }

  @Test
  void countsAsManyMessagesAsConsumersGet() throws IOException {
    payload(100 * PACKET);
    ticket(NEWEST);

    Cli send = send("--verbose", file("in"));
    Cli recv = recv("--verbose", "-o", file("out"));

    assertThat(send.err()).contains("sent 1.56 KiB in 100 messages");
    assertThat(recv.err()).contains("received 1.56 KiB in 100 messages");
  }

  /** Neither the relay nor a consumer of the session hears of it. */
  @ParameterizedTest
  @ValueSource(ints = {1, PACKET - 1, PACKET + 1, 10 * PACKET + 7})
  void refusesAFileThatIsNotMadeOfWholePackets(int size) throws IOException {
    payload(size);
    ticket(NEWEST);
    try (HydraConsumer waiting =
        HydraConsumer.connect(Ticket.parse(Files.readString(Path.of(file("ticket"))).strip()))) {
      Cli send = send(file("in"), "--ticket-file", file("other"));

      assertThat(send.code()).isEqualTo(ExitCode.USAGE);
      assertThat(send.err().lines())
          .singleElement()
          .asString()
          .contains("a file of " + size + " bytes", "packets carry 16");
      assertThat(Path.of(file("other"))).doesNotExist();
      payload(2 * PACKET);
      assertThat(send(file("in")).code()).isZero();
      assertThat(received(waiting)).isEqualTo(2 * PACKET);
    }
    assertThat(relay.sessions()).as("what was joined to ask is gone").isEqualTo(1);
  }

  private static int received(HydraConsumer consumer) {
    int bytes = 0;
    for (ByteBuffer view = consumer.receive(Duration.ofSeconds(20));
        view != null;
        view = consumer.receive(Duration.ofSeconds(20))) {
      bytes += view.remaining();
    }
    return bytes;
  }

  @Test
  void anEmptyFileIsASessionWithoutPackets() throws IOException {
    payload(0);
    ticket(NEWEST);

    assertThat(send(file("in")).code()).isZero();
    assertThat(recv("-o", file("out"))).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).isEmptyFile();
  }

  // ---- pipes ----

  @Test
  void sendsWhatIsWholeOfAPipeThatEndsWithinAPacket() throws Exception {
    ticket(NEWEST);
    byte[] payload = payload(5_000 * PACKET + 3);

    Process send =
        HydraProcess.builder("send", "--ticket", "@" + file("ticket"))
            .redirectError(Path.of(file("err")).toFile())
            .start();
    try (OutputStream stdin = send.getOutputStream()) {
      stdin.write(payload);
    }

    assertThat(send.waitFor()).isEqualTo(ExitCode.OTHER);
    assertThat(Files.readString(Path.of(file("err"))))
        .contains("ends within a packet", "carry 16 bytes", "the last 3 are not sent");
    Cli recv = recv("-o", file("out"));

    assertThat(recv.code()).as("that was no end").isEqualTo(ExitCode.TRUNCATED);
    assertThat(Path.of(file("out"))).hasBinaryContent(Arrays.copyOf(payload, 5_000 * PACKET));
  }

  @Test
  void sharesWhatACommandPrintsInWholePackets() throws IOException {
    ticket(NEWEST);
    String[] share = {"share", "--ticket", "@" + file("ticket"), "--", "sh", "-c"};

    Cli whole = Cli.run(Cli.join(share, "printf 0123456789abcdef; printf 0123456789ABCDEF"));
    Cli recv = recv("-o", file("out"), "--lines");
    Cli part = Cli.run(Cli.join(share, "printf 0123456789abcdef; printf xyz"));
    Cli rest = recv("-o", file("out2"));

    assertThat(whole.code()).isZero();
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).hasContent("0123456789abcdef\n0123456789ABCDEF\n");
    assertThat(part.code()).isEqualTo(ExitCode.OTHER);
    assertThat(part.err()).contains("ends within a packet");
    assertThat(rest.code()).isEqualTo(ExitCode.TRUNCATED);
    assertThat(Path.of(file("out2"))).hasContent("0123456789abcdef");
  }

  @ParameterizedTest
  @CsvSource({"short, 2, 5", "'', 2, 0", "0123456789abcdefg, 2, 17"})
  void refusesALineThatIsNotMadeOfWholePackets(String line, int number, int bytes)
      throws IOException {
    ticket(NEWEST);
    List<String> lines = new ArrayList<>(List.of("0123456789abcdef", line, "fedcba9876543210"));
    Files.write(Path.of(file("in")), lines);

    Cli send = send("--lines", file("in"));
    Cli recv = recv("-o", file("out"), "--lines");

    assertThat(send.code()).isEqualTo(ExitCode.OTHER);
    assertThat(send.err())
        .contains("line " + number + " has " + bytes + " bytes", "packets carry 16");
    assertThat(recv.code()).isEqualTo(ExitCode.TRUNCATED);
    assertThat(Path.of(file("out"))).hasContent("0123456789abcdef\n");
  }

  @Test
  void sendsLinesOfOneOrSeveralPackets() throws IOException {
    ticket(NEWEST);
    Files.write(Path.of(file("in")), List.of("0123456789abcdef", "0123456789abcdef".repeat(2)));

    Cli send = send("--lines", "--verbose", file("in"));
    Cli recv = recv("-o", file("out"), "--lines");

    assertThat(send.code()).isZero();
    assertThat(send.err()).contains("in 3 messages");
    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(Path.of(file("out"))).hasContent("0123456789abcdef\n".repeat(3));
  }

  // ---- options ----

  @ParameterizedTest
  @CsvSource({
    "--keep, --keep needs wire 2",
    "--wait-consumers=1, --wait-consumers needs wire 2",
    "--overflow=skip, an overflow policy",
    "--ring=1m, --ring needs wire 2",
    "--heartbeat=1s, a heartbeat",
    "--reconnect-timeout=1s, reconnecting"
  })
  void refusesToSendWithWhatOnlyWire2Has(String option, String what) throws IOException {
    payload(PACKET);
    ticket(NEWEST);

    Cli send = send(option, file("in"));

    assertThat(send.code()).isEqualTo(ExitCode.USAGE);
    assertThat(send.err().lines()).singleElement().asString().contains(what);
  }

  @Test
  void takesNoWaitWhereARelayCanSayThatNobodyIsThere() throws IOException {
    payload(PACKET);
    ticket(NEWEST);
    assertThat(send(file("in")).code()).isZero();

    assertThat(recv("--no-wait", "-o", file("out"))).isEqualTo(new Cli(0, "", ""));
  }

  @Test
  void stopsWhereNothingComes() {
    ticket(NEWEST);

    Cli idle = recv("--idle-timeout=300ms", "-o", file("out"));

    assertThat(idle.code()).isZero();
    assertThat(idle.err()).contains("nothing has come for the idle timeout");
    assertThat(Path.of(file("out"))).isEmptyFile();
  }

  // ---- tickets ----

  @Test
  void makesATicketOfTheDefaultVersion() {
    Cli made = Cli.run("ticket", "new", "--relay", "relay.example:1", "--classic");

    assertThat(made.code()).isZero();
    assertThat(made.out())
        .startsWith("hydra+classic://relay.example:1/")
        .contains("=1.0.0-beta.6#");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--owner-key=@k", "--relay-key=" + KEY, "--known-relays=k"})
  void makesNoClassicTicketWithWhatItCannotHold(String option) {
    Cli made = Cli.run("ticket", "new", "--relay", "relay.example:1", "--classic", option);

    assertThat(made.code()).isEqualTo(ExitCode.USAGE);
    assertThat(made.err()).contains("neither owners nor relay keys");
    assertThat(made.out()).isEmpty();
  }

  private static final String KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  // ---- doctor ----

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.7", NEWEST})
  void doctorFindsOutHowLongPacketsAre(String version) {
    Cli doctor = Cli.run("doctor", "--relay", at(), "--classic=" + version);

    assertThat(doctor.code()).isZero();
    assertThat(doctor.out())
        .contains("ok    relay", "serves " + version)
        .contains("ok    packets    carry 16 bytes each");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--classic", "--classic=1.0.0-beta.2"})
  void doctorLooksAtTheEarlierWire(String option) {
    Cli doctor = Cli.run("doctor", "--relay", at(), option);

    assertThat(doctor.code()).isZero();
    assertThat(doctor.out())
        .contains("ok    relay", "serves 1.0.0-beta.")
        .doesNotContain("packets");
  }

  @Test
  void doctorSaysThatARelayDoesNotServeAVersion() {
    Cli later = Cli.run("doctor", "--relay", at(), "--classic=1.0.0-beta.77");

    assertThat(later.code()).isEqualTo(ExitCode.OTHER);
    assertThat(later.out()).contains("fail  relay", "does it serve 1.0.0-beta.77?");
  }

  @ParameterizedTest
  @CsvSource({
    "--relay-key=" + KEY + ", neither relay keys",
    "--credential=00, neither relay keys",
    "--known-relays=k, neither relay keys"
  })
  void doctorRefusesWhatTheClassicWireDoesNotHave(String option, String what) {
    Cli doctor = Cli.run("doctor", "--relay", at(), "--classic", option);

    assertThat(doctor.code()).isEqualTo(ExitCode.USAGE);
    assertThat(doctor.err()).contains(what);
    assertThat(Cli.run("doctor", "--classic").code()).isEqualTo(ExitCode.USAGE);
  }
}
