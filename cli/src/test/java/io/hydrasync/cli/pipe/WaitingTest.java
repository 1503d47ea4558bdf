package io.hydrasync.cli.pipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.Eventually;
import io.hydrasync.cli.HydraProcess;
import io.hydrasync.cli.Running;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who waits for whom before anything is sent. */
@Tag("any-jdk")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaitingTest {
  private static final String WAITING = "waiting for 1 consumer\n";

  /** More than there were when it was told for the first time: three digits. */
  private static final Pattern MANY_UNREAD = Pattern.compile("\"unread_frames\":[0-9]{3}");

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  // ---- send ----

  @Test
  void givesAllToWhoeverComesLate() throws Exception {
    byte[] much = new byte[12_000_000]; // the relay keeps 8 MiB of what nobody takes
    new Random(15).nextBytes(much);
    Files.write(path("in"), much);

    Running send = send(path("in").toString());
    send.awaitErr(WAITING);
    Cli recv = Cli.run("recv", "@" + path("t"), "-o", path("out").toString());

    assertThat(recv).isEqualTo(new Cli(0, "", ""));
    assertThat(send.end().code()).isZero();
    assertThat(path("out")).hasBinaryContent(much);
  }

  @Test
  void saysInJsonThatItWaitsAndNothingIfQuiet() throws Exception {
    Files.writeString(path("in"), "x");

    Running json = send(path("in").toString(), "--json");
    json.awaitErr("{\"event\":\"waiting\",\"consumers\":1}\n");
    assertThat(Cli.run("recv", "@" + path("t"), "-o", path("out").toString()).code()).isZero();
    json.end();
    Cli quiet = send(path("in").toString(), "-q", "--wait-timeout", "1ms").end();

    assertThat(quiet.code()).isEqualTo(6);
    assertThat(quiet.err()).hasLineCount(1).startsWith("hydra send: 0 of 1 consumer came");
  }

  @Test
  void givesTheSessionUpWhenTooFewHaveCome() throws Exception {
    Files.writeString(path("in"), "x");

    Running send = send(path("in").toString(), "--wait-consumers", "2", "--wait-timeout", "500ms");
    send.awaitErr("waiting for 2 consumers\n");
    try (HydraConsumer one = HydraConsumer.builder(ticket()).connect()) {
      assertThatThrownBy(one::receive).isInstanceOf(SessionTruncatedException.class);
    }

    Cli ended = send.end();
    assertThat(ended.code()).isEqualTo(6);
    assertThat(ended.err())
        .endsWith("hydra send: 1 of 2 consumers came in time; the session was given up\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--lines", "--keep", "--classic", "--wait-consumers=0"})
  void waitsForNobodyWhere(String option) throws Exception {
    Files.writeString(path("in"), "x");

    Cli send = send(path("in").toString(), option).end();

    assertThat(send.code()).isZero();
    assertThat(send.err()).doesNotContain("waiting");
  }

  @Test
  void runsASharedCommandAtOnceUnlessToldToWait() throws Exception {
    String[] share = {"share", "--relay", where(), "--relay-key", key()};
    String touch = "touch " + path("run");

    Cli late =
        Cli.run(
            Cli.join(
                share, "--wait-consumers", "1", "--wait-timeout", "1ms", "--", "sh", "-c", touch));
    assertThat(late.code()).isEqualTo(6);
    assertThat(path("run")).doesNotExist();
    Cli atOnce = Cli.run(Cli.join(share, "--", "sh", "-c", touch));
    assertThat(atOnce.code()).isZero();
    assertThat(path("run")).exists();
  }

  @Test
  void saysInAllHowMuchNobodyTookHoweverFastItWent() throws Exception {
    Path file = Files.write(path("large"), new byte[20 << 20]);
    String[] send = {"send", "--relay", where(), "--relay-key", key(), "--wait-consumers", "0"};

    Cli sent = Cli.run(Cli.join(send, file.toString()));

    assertThat(sent.code()).isZero();
    assertThat(sent.err())
        .containsPattern(
            "(in all, the relay has let go of|nobody has taken the first) 1?[0-9]{2} ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-v", "--json"})
  void saysOnceThatNobodyTakesWhatItSends(String option) throws Exception {
    String command =
        "head -c 12000000 /dev/zero; until [ -e "
            + path("more")
            + " ]; do sleep 0.02; done; head -c 12000000 /dev/zero; until [ -e "
            + path("end")
            + " ]; do sleep 0.02; done";
    String[] share = {"share", "--relay", where(), "--relay-key", key()};
    Running running = Running.start(Cli.join(share, option, "--", "sh", "-c", command));

    running.awaitErr("nobody has taken the first ");
    Files.createFile(path("more"));
    if (option.equals("--json")) { // its figures go on
      Eventually.await("figures", () -> MANY_UNREAD.matcher(running.err()).find());
    }
    Files.createFile(path("end"));

    Cli ended = running.end();
    assertThat(ended.code()).isZero();
    assertThat(ended.err().split("nobody has taken", -1)).as(ended.err()).hasSize(2);
  }

  // ---- the receiver's command ----

  @Test
  void tellsWhatToTypeToReceive() throws Exception {
    Files.writeString(path("in"), "x");
    String in = path("in").toString();

    assertThat(send(in, "--wait-consumers=0").end().err())
        .endsWith("\nreceive with: hydra recv @" + path("t") + "\n");
    assertThat(send(in, "--lines").end().err())
        .endsWith("\nreceive with: hydra recv @" + path("t") + " --from oldest --lines\n");
    assertThat(send(in, "--classic=1.0.0-beta.3").end().err())
        .endsWith("\nreceive with: hydra recv @" + path("t") + "\n");
    Cli share = Cli.run("share", "--relay", where(), "--relay-key", key(), "--", "true");
    String told = share.err().lines().findFirst().orElseThrow().substring("ticket: ".length());
    assertThat(share.err()).endsWith("\nreceive with: hydra recv '" + told + "' --from oldest\n");
  }

  @Test
  void quotesWhatAShellWouldTakeApart() {
    assertThat(ReceiverCommand.in(Path.of("a/b-c_1.t"))).isEqualTo("@a/b-c_1.t");
    assertThat(ReceiverCommand.in(Path.of("my t"))).isEqualTo("'@my t'");
    assertThat(ReceiverCommand.in(Path.of("it's"))).isEqualTo("'@it'\\''s'");
  }

  @Test
  void neverRepeatsATicketThatItWasGiven() {
    assertThat(ReceiverCommand.given(Optional.of("@t"))).isEqualTo("@t");
    assertThat(ReceiverCommand.given(Optional.of("hydra://secret"))).isEqualTo("TICKET");
    Ticket ticket = Ticket.parse("hydra://h:1/" + "A".repeat(86) + "#" + "A".repeat(43));
    assertThat(
            ReceiverCommand.of(
                ReceiverCommand.given(Optional.empty()), ticket, ProducerOptions.Payload.LIVE))
        .as("the environment has it")
        .isEqualTo("hydra recv --from oldest");
  }

  // ---- recv ----

  @Test
  void saysOnceThatNobodyHasTheSessionOpen() throws Exception {
    SessionSecrets empty = SessionSecrets.generate();
    SessionSecrets live = SessionSecrets.generate();
    Running other;
    try (HydraProducer silent = produce(live)) {
      other = recv(live, "other");
      assertThat(silent.awaitConsumers(1, Duration.ofSeconds(30))).isTrue();
      Running recv = recv(empty, "out");
      recv.awaitErr("hydra recv: nobody has this session open; waiting until somebody sends\n");
      try (HydraProducer late = produce(empty)) {
        late.broadcast("x".getBytes(UTF_8));
      }
      assertThat(recv.end().err()).hasLineCount(1);
    }
    assertThat(other.end()).as("waited longer, for somebody").isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("x");
  }

  private HydraProducer produce(SessionSecrets session) {
    return HydraProducer.builder(relay.address(), session).relayKey(relay.relayKey()).connect();
  }

  private Running recv(SessionSecrets session, String out, String... more) throws IOException {
    int port = relay.address().getPort();
    Path ticket = path(out + ".ticket");
    Files.writeString(
        ticket, session.ticket(new RelayAddress("127.0.0.1", port), relay.relayKey()).format());
    String[] recv = {"recv", "@" + ticket, "-o", path(out).toString()};
    return Running.start(Cli.join(recv, more));
  }

  private Running send(String... more) {
    boolean classic = String.join(" ", more).contains("--classic"); // which knows no relay's key
    String[] send = {"send", "--relay", where(), "--ticket-file", path("t").toString()};
    String[] to = classic ? send : Cli.join(send, "--relay-key", key());
    return Running.start(Cli.join(to, more));
  }

  private Ticket ticket() throws IOException {
    return Ticket.parse(Files.readString(path("t")).strip());
  }

  private String where() {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private String key() {
    return relay.relayKey().toString();
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  @Test
  void saysThatTheProducerHasGone() throws Exception {
    String[] args = {"send", "--lines", "--relay", where(), "--relay-key", key()};
    Process send =
        HydraProcess.builder(Cli.join(args, "--ticket-file", path("t").toString())).start();
    try {
      send.getOutputStream().write("one\n".getBytes(UTF_8));
      send.getOutputStream().flush();
      Eventually.await("the ticket", () -> Files.exists(path("t")));
      String[] recv = {"recv", "@" + path("t"), "-o", path("out").toString()};
      Running waiting = Running.start(Cli.join(recv, "--reconnect-timeout", "0"));
      Eventually.await("a line", () -> Files.exists(path("out")) && Files.size(path("out")) > 0);

      send.destroyForcibly();

      waiting.awaitErr(
          "hydra recv: the producer is gone; waiting until it comes back, or another one\n");
      relay.close();
      assertThat(waiting.end().err()).containsOnlyOnce("is gone").hasLineCount(2);
    } finally {
      send.destroyForcibly();
    }
  }

  @Test
  void saysOnceThatProducersLeaveAsTheyShould() throws Exception {
    String left =
        "hydra recv: the producer has ended its stream and gone; waiting for the next one";
    SessionSecrets session = SessionSecrets.generate();
    Running recv = recv(session, "out");
    for (int i = 0; i < 2; i++) {
      try (HydraProducer next = produce(session)) {
        assertThat(next.awaitConsumers(1, Duration.ofSeconds(30))).isTrue();
        next.broadcast("more".getBytes(UTF_8));
        next.leave();
      }
      recv.awaitErr(left + "\n");
    }
    produce(session).close();

    assertThat(recv.end().code()).isZero();
    assertThat(recv.err()).containsOnlyOnce(left);
  }
}
