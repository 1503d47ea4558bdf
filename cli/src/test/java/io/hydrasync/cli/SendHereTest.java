package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * send --here: the relay is in the sender. Four of its processes are JVMs of their own, and on a
 * busy machine each takes seconds to start.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SendHereTest {
  private static final int BY_SIGINT = 130;
  private static final Pattern RECEIVE = Pattern.compile("with: hydra recv '?([^' \n]+)'?");

  @TempDir private Path directory = Path.of("");
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private String file(String name) {
    return path(name).toString();
  }

  private void write(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    Files.write(path("in"), content);
  }

  private Process hydra(String name, String... args) throws IOException {
    Process process =
        HydraProcess.builder(args)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(path(name + ".out").toFile())
            .redirectError(path(name + ".err").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private String err(String name) throws IOException {
    return Files.exists(path(name + ".err")) ? Files.readString(path(name + ".err")) : "";
  }

  private static List<String> tickets(String err) {
    Matcher matcher = RECEIVE.matcher(err);
    List<String> tickets = new ArrayList<>();
    while (matcher.find()) {
      tickets.add(matcher.group(1));
    }
    return tickets;
  }

  @Test
  void sendsToTwoReceiversAndEndsWhenBothHaveAll() throws Exception {
    write(3_000_000);
    Process send = hydra("send", "send", "--here", "--wait-consumers", "2", file("in"));
    Eventually.await("it waits", () -> err("send").contains("waiting for 2 consumers"));
    List<String> tickets = tickets(err("send"));
    assertThat(tickets).isNotEmpty().doesNotHaveDuplicates();

    Process one = hydra("one", "recv", tickets.get(0), "-o", file("one"));
    Process two = hydra("two", "recv", tickets.get(tickets.size() - 1), "-o", file("two"));

    assertThat(one.waitFor()).as(err("one")).isZero();
    assertThat(two.waitFor()).as(err("two")).isZero();
    assertThat(send.waitFor()).as(err("send")).isZero();
    assertThat(path("one")).hasSameBinaryContentAs(path("in"));
    assertThat(path("two")).hasSameBinaryContentAs(path("in"));
    assertThat(err("send")).doesNotContain("WARN ", "INFO "); // the JVM says WARNING:
    InetSocketAddress where = address(tickets.get(0));
    assertThatThrownBy(() -> new Socket(where.getAddress(), where.getPort()).close())
        .as("nothing listens any more")
        .isInstanceOf(IOException.class);
  }

  private static InetSocketAddress address(String ticket) {
    RelayAddress relay = Ticket.parse(ticket).addresses().get(0);
    return new InetSocketAddress(relay.host(), relay.port());
  }

  @Test
  void waitsForOneThatTakesLong() throws Exception {
    write(3_000_000);
    Running send =
        Running.start(
            "send",
            "--here",
            "--listen",
            "127.0.0.1:0",
            "--json",
            file("in"),
            "--ticket-file",
            file("t"));
    send.awaitErr("\"event\":\"waiting\"");
    try (HydraConsumer consumer =
        HydraConsumer.connect(Ticket.parse(Files.readString(path("t")).strip()))) {
      send.awaitErr("\"event\":\"delivering\"");

      long bytes = 0;
      for (ByteBuffer message = consumer.receive(); message != null; message = consumer.receive()) {
        bytes += message.remaining();
      }

      assertThat(bytes).isEqualTo(3_000_000);
      assertThat(send.err()).as("it is there until the consumer closes").doesNotContain("done");
    }
    Cli ended = send.end();
    assertThat(ended.code()).isZero();
    assertThat(ended.err().lines().toList().get(0))
        .contains("\"event\":\"ticket\",\"relay\":\"127.0.0.1:")
        .contains("\"receive\":\"hydra recv 'hydra://127.0.0.1:");
  }

  @Test
  void isForItsSessionAndItsProducerOnly() throws Exception {
    write(10);
    Running send = Running.start("send", "--here", file("in"), "-q", "--ticket-file", file("t"));
    Eventually.await("a ticket", () -> Files.exists(path("t")));
    Ticket ticket = Ticket.parse(Files.readString(path("t")).strip());
    SessionSecrets other = SessionSecrets.generate();
    Ticket ofAnother =
        Ticket.of(ticket.addresses(), other.id(), ticket.relayKey().orElseThrow(), other.key());

    assertThat(refusal(() -> HydraConsumer.connect(ofAnother))).isEqualTo(ErrorCode.NO_SESSION);
    assertThat(
            refusal(() -> HydraProducer.builder(ofAnother, other.owner().orElseThrow()).connect()))
        .isEqualTo(ErrorCode.UNAUTHORIZED);
    Cli receive = Cli.run("recv", ofAnother.format());
    assertThat(receive.code()).isEqualTo(1);
    assertThat(receive.err()).contains("NO_SESSION", "is this the ticket that it has printed?");

    assertThat(Cli.run("recv", "@" + file("t"), "-o", file("out"))).isEqualTo(new Cli(0, "", ""));
    assertThat(send.end()).isEqualTo(new Cli(0, "", ""));
  }

  private interface Connecting {
    AutoCloseable connect();
  }

  private static ErrorCode refusal(Connecting client) throws Exception {
    try (AutoCloseable connected = client.connect()) {
      throw new AssertionError("not refused: " + connected);
    } catch (HydraException e) {
      return e.code();
    }
  }

  @Test
  void sendsLinesToWhoeverIsThereFirst() throws Exception {
    Files.writeString(path("in"), "one\ntwo\n");
    Running send =
        Running.start("send", "--here", "--lines", file("in"), "--ticket-file", file("t"));
    send.awaitErr("waiting for 1 consumer");
    assertThat(send.err()).contains("--from oldest");

    assertThat(Cli.run("recv", "@" + file("t"), "--lines", "-o", file("out")).code()).isZero();
    assertThat(send.end().code()).isZero();
    assertThat(path("out")).hasContent("one\ntwo\n");
  }

  @Test
  void givesUpWhereNobodyComes() throws Exception {
    write(10);

    Cli send = Cli.run("send", "--here", file("in"), "--wait-timeout", "100ms");

    assertThat(send.code()).isEqualTo(6);
    assertThat(send.err()).contains("0 of 1 consumer came in time");
  }

  @Test
  void saysWhoHadHowMuchWhenItIsInterrupted() throws Exception {
    write(3_000_000);
    Process send = hydra("send", "send", "--here", "--wait-consumers", "3", file("in"));
    Eventually.await("it waits", () -> err("send").contains("waiting for 3 consumers"));
    Ticket ticket = Ticket.parse(tickets(err("send")).get(0));
    try (HydraConsumer one = HydraConsumer.connect(ticket);
        HydraConsumer two = HydraConsumer.connect(ticket)) {
      HydraProcess.signal(send, "INT");

      assertThatThrownBy(one::receive).isInstanceOf(SessionTruncatedException.class);
      assertThatThrownBy(two::receive).isInstanceOf(SessionTruncatedException.class);
      assertThat(send.waitFor()).isEqualTo(BY_SIGINT);
    }
    assertThat(err("send").lines().filter(line -> line.startsWith("hydra send: ")))
        .hasSize(2)
        .allMatch(line -> line.matches("hydra send: .*:[0-9]+ had 0 B of 2.86 MiB \\(0 %\\)"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--relay 127.0.0.1:1",
        "--relay-key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "--ticket @t",
        "--session-id 00 --session-key 00",
        "--credential 00",
        "--keep",
        "--classic"
      })
  void refusesWhatBelongsToAnotherRelay(String options) {
    Cli send = Cli.run(("send --here " + options).split(" "));

    assertThat(send.code()).isEqualTo(2);
    assertThat(send.err()).contains("leave out " + options.split(" ")[0]);
  }

  @Test
  void refusesAPlaceToListenWithoutARelayAndOneThatIsTaken() throws Exception {
    assertThat(Cli.run("send", "--relay", "127.0.0.1:1", "--listen", "127.0.0.1:0").err())
        .contains("--listen belongs to --here");
    write(10);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Cli send =
          Cli.run("send", "--here", "--listen", "127.0.0.1:" + taken.getLocalPort(), file("in"));

      assertThat(send.code()).isEqualTo(1);
      assertThat(send.err()).contains("127.0.0.1:" + taken.getLocalPort());
    }
  }
}
