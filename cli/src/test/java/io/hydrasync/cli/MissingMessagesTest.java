package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What recv makes of messages that are missing, and of streams without an end. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MissingMessagesTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** More than a relay keeps of what everybody has taken. */
  private static final byte[] MUCH = much();

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();
  private final SessionSecrets session = SessionSecrets.generate();
  private final List<HydraProducer> producers = new ArrayList<>();

  @AfterEach
  void stop() {
    producers.forEach(HydraProducer::abort);
    relay.close();
  }

  private static byte[] much() {
    byte[] much = new byte[12_000_000];
    new Random(15).nextBytes(much);
    return much;
  }

  // ---- the beginning ----

  @Test
  void leavesEverythingAsItWasWhereTheBeginningIsGone() throws IOException {
    sendMuch();
    Files.writeString(path("out"), "precious");

    Cli recv = recv();
    Cli exec = Cli.run("recv", "@" + path("t"), "--exec", "touch " + path("run"));
    Cli json = Cli.run("recv", "@" + path("t"), "-o", path("new").toString(), "--json");

    assertThat(recv.code()).isEqualTo(3);
    assertThat(recv.err())
        .hasLineCount(1)
        .matches(
            "hydra recv: the first [0-9]+ frames of this stream are gone; --from oldest takes what"
                + " is left\n");
    assertThat(path("out")).hasContent("precious");
    assertThat(path("pos")).doesNotExist();
    assertThat(exec.code()).isEqualTo(3);
    assertThat(path("run")).doesNotExist();
    assertThat(json.code()).isEqualTo(3);
    assertThat(json.err())
        .contains("{\"event\":\"error\",\"exit\":3,\"code\":\"GAP\",\"message\":");
    assertThat(path("new")).doesNotExist();
  }

  @Test
  void takesWhatIsLeftIfAsked() throws IOException {
    sendMuch();

    Cli oldest = recv("--from", "oldest");
    byte[] left = Files.readAllBytes(path("out"));
    Cli again = recv();

    assertThat(oldest.code()).isZero();
    assertThat(oldest.err()).hasLineCount(1).contains("frames of this stream are gone; this is");
    assertThat(left.length).isBetween(1, MUCH.length - 1);
    assertThat(left).isEqualTo(Arrays.copyOfRange(MUCH, MUCH.length - left.length, MUCH.length));
    assertThat(again).as("the position goes before --from").isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasBinaryContent(left);
  }

  @Test
  void reportsAMissingBeginningAndGoesOnIfAllowed() throws IOException {
    sendMuch();

    Cli recv = recv("--allow-gaps");

    assertThat(recv.code()).isEqualTo(3);
    assertThat(recv.err()).hasLineCount(1).startsWith("hydra recv: missing: frames 0 to ");
    byte[] left = Files.readAllBytes(path("out"));
    assertThat(left).isEqualTo(Arrays.copyOfRange(MUCH, MUCH.length - left.length, MUCH.length));
  }

  @Test
  void tellsTheGraverWhereSeveralHold() throws IOException {
    sendMuch();
    String ticket = "@" + path("t");

    Cli count = recv("--allow-gaps", "--count", "1000000");
    Cli full = Cli.run("recv", ticket, "--allow-gaps", "-o", "/dev/full");

    assertThat(count.code()).as(count.err()).isEqualTo(4);
    assertThat(count.err()).contains("missing: frames 0 to ", " of 1,000,000 messages came");
    assertThat(full.code()).as("other, but what was missing is told").isEqualTo(3);
    assertThat(full.err()).contains("missing: frames 0 to ", "cannot write to /dev/full: ");
  }

  @Test
  void makesAnEmptyFileOfAnEmptySession() throws IOException {
    Files.createFile(path("in"));
    Files.writeString(path("out"), "of another session");
    send("--wait-consumers=0", path("in").toString());

    assertThat(recv()).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).isEmptyFile();
  }

  // ---- a place in the middle ----

  @Test
  void goesOnBehindAGapThatItHasToldOnce() throws Exception {
    HydraProducer producer = produce();
    producer.broadcast("one ".getBytes(UTF_8));
    assertThat(recv("--count", "1")).isEqualTo(new Cli(0, "", ""));
    for (int i = 0; i < MUCH.length; i += 1_000_000) {
      producer.broadcast(Arrays.copyOfRange(MUCH, i, i + 1_000_000));
    }
    producer.broadcast("last".getBytes(UTF_8));
    producer.close();

    Cli told = recv();
    Cli after = recv();

    assertThat(told.code()).isEqualTo(3);
    assertThat(told.err()).hasLineCount(1).contains("are missing", "what follows was not taken");
    assertThat(after).isEqualTo(new Cli(0, "", ""));
    byte[] out = Files.readAllBytes(path("out"));
    assertThat(out.length).isLessThan(MUCH.length);
    assertThat(new String(out, 0, 4, UTF_8)).isEqualTo("one ");
    assertThat(new String(out, out.length - 4, 4, UTF_8)).isEqualTo("last");
  }

  // ---- streams without an end ----

  @Test
  void goesOnBehindAStreamWithoutEndThatItHasToldOnce() throws Exception {
    twoStreamsOfWhichTheFirstHasNoEnd("--count", "2");

    Cli told = recv();
    Cli after = recv();

    assertThat(told.code()).isEqualTo(4);
    assertThat(told.err()).hasLineCount(1).contains("without its end", "--allow-gaps");
    assertThat(after).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("a0 a1 b0 b1 ");
    assertThat(recv()).as("the end is noted, too").isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("a0 a1 b0 b1 ");
  }

  @Test
  void reportsAStreamWithoutEndAndGoesOnIfAllowed() throws Exception {
    twoStreamsOfWhichTheFirstHasNoEnd("--count", "1");

    Cli recv = recv("--allow-gaps");

    assertThat(recv.code()).isEqualTo(4);
    assertThat(recv.err()).contains("hydra recv: not the whole: ", "without its end");
    assertThat(path("out")).hasContent("a0 a1 b0 b1 ");
  }

  @Test
  void tellsAStreamThatStoppedBeforeItsFirstMessage() throws Exception {
    produce();
    List<Cli> first = new ArrayList<>();
    Thread waiting = new Thread(() -> first.add(recv()));
    waiting.start();
    assertThat(producers.get(0).awaitConsumers(1, LONG)).isTrue();

    produceMore("b0 ");
    waiting.join();

    assertThat(first).singleElement().extracting(Cli::code).isEqualTo(4);
    assertThat(first.get(0).err()).hasLineCount(1).contains("stopped at frame 0 without its end");
    assertThat(recv()).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("b0 ");
  }

  /** The second is another process of the owner's, which finds the session as the first left it. */
  private void twoStreamsOfWhichTheFirstHasNoEnd(String... firstRun) throws Exception {
    HydraProducer first = produce();
    first.broadcast("a0 ".getBytes(UTF_8));
    first.broadcast("a1 ".getBytes(UTF_8));
    assertThat(first.flush(LONG)).isTrue();
    assertThat(recv(firstRun)).isEqualTo(new Cli(0, "", ""));
    produceMore("b0 ", "b1 ");
  }

  private void produceMore(String... messages) throws IOException {
    HydraProducer second = produce(); // takes the session over
    for (String message : messages) {
      second.broadcast(message.getBytes(UTF_8));
    }
    second.close();
  }

  private HydraProducer produce() throws IOException {
    int port = relay.address().getPort();
    Files.writeString(
        path("t"),
        session.ticket(new RelayAddress("127.0.0.1", port), relay.relayKey()).format() + "\n");
    HydraProducer producer =
        HydraProducer.builder(relay.address(), session).relayKey(relay.relayKey()).connect();
    producers.add(producer);
    return producer;
  }

  // ---- commands ----

  private void sendMuch() throws IOException {
    Files.write(path("in"), MUCH);
    send("--wait-consumers=0", path("in").toString());
  }

  private void send(String... more) {
    String[] send = {
      "send",
      "-q",
      "--relay",
      "127.0.0.1:" + relay.address().getPort(),
      "--relay-key",
      relay.relayKey().toString(),
      "--ticket-file",
      path("t").toString()
    };
    assertThat(Cli.run(Cli.join(send, more))).isEqualTo(new Cli(0, "", ""));
  }

  private Cli recv(String... more) {
    String[] recv = {
      "recv",
      "@" + path("t"),
      "-o",
      path("out").toString(),
      "--position-file",
      path("pos").toString()
    };
    return Cli.run(Cli.join(recv, more));
  }

  private Path path(String name) {
    return directory.resolve(name);
  }
}
