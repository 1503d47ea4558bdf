package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM to processes of their own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SignalTest {
  private static final int BY_SIGTERM = 143;

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
    relay.close();
  }

  @Test
  void endsTheSessionOfAPipe() throws Exception {
    Process send = hydra("send", "--relay", where(), "--relay-key", key());
    OutputStream in = send.getOutputStream();
    in.write("hello".getBytes(UTF_8));
    in.flush();
    try (HydraConsumer consumer = HydraConsumer.builder(ticketOf(send)).connect()) {
      assertThat(text(consumer.receive())).isEqualTo("hello");

      send.toHandle().destroy(); // which leaves the pipes open

      assertThat(consumer.receive()).as("the authenticated end").isNull();
      assertThat(send.waitFor()).isEqualTo(BY_SIGTERM);
    }
  }

  @Test
  void tellsThatAFileIsNotTheWhole() throws Exception {
    Files.writeString(path("in"), "never sent, for nobody comes");
    Process send =
        hydra(
            "send",
            path("in").toString(),
            "--relay",
            where(),
            "--relay-key",
            key(),
            "--wait-consumers",
            "2");
    try (HydraConsumer consumer = HydraConsumer.builder(ticketOf(send)).connect()) {
      send.toHandle().destroy(); // which leaves the pipes open

      assertThatThrownBy(consumer::receive).isInstanceOf(TruncatedException.class);
      assertThat(send.waitFor()).isEqualTo(BY_SIGTERM);
    }
  }

  @Test
  void stopsTheSharedCommandAndEndsTheSession() throws Exception {
    Process share =
        hydra(
            "share",
            "--relay",
            where(),
            "--relay-key",
            key(),
            "--",
            "sh",
            "-c",
            "trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.1; done");
    try (HydraConsumer consumer = HydraConsumer.builder(ticketOf(share)).connect()) {
      StringBuilder all = new StringBuilder(text(consumer.receive()));

      share.toHandle().destroy(); // which leaves the pipes open

      for (ByteBuffer more = consumer.receive(); more != null; more = consumer.receive()) {
        all.append(text(more));
      }
      assertThat(all).hasToString("up\nbye\n");
      assertThat(share.waitFor()).isEqualTo(BY_SIGTERM);
    }
  }

  @Test
  void letsAReceiverWriteAndNoteWhatItHas() throws Exception {
    Process send = hydra("send", "--lines", "--relay", where(), "--relay-key", key());
    OutputStream in = send.getOutputStream();
    in.write("one\ntwo\n".getBytes(UTF_8));
    in.flush();
    Ticket ticket = ticketOf(send);
    Files.writeString(path("t"), ticket.format());
    String[] recv = {
      "recv",
      "@" + path("t"),
      "--lines",
      "-o",
      path("out").toString(),
      "--position-file",
      path("p").toString()
    };
    Process first = hydra(recv);
    Eventually.await("two lines", () -> Files.exists(path("out")) && Files.size(path("out")) == 8);

    first.toHandle().destroy(); // which leaves the pipes open
    assertThat(first.waitFor()).isEqualTo(BY_SIGTERM);
    assertThat(Files.readAllLines(path("p"), US_ASCII).get(1)).isEqualTo("8");
    in.write("three\n".getBytes(UTF_8));
    in.close();
    assertThat(send.waitFor()).isZero();

    assertThat(Cli.run(recv)).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("one\ntwo\nthree\n");
  }

  @Test
  void endsNoSessionOfWhichNothingHasBeenRead() throws Exception {
    Process send = hydra("send", "--relay", where(), "--relay-key", key(), "--wait-consumers", "2");
    send.getOutputStream().write("a pipe would end here".getBytes(UTF_8));
    send.getOutputStream().flush();
    try (HydraConsumer consumer = HydraConsumer.builder(ticketOf(send)).connect()) {
      awaitLine(send, "waiting for 2 consumers");

      send.toHandle().destroy(); // which leaves the pipes open

      assertThatThrownBy(consumer::receive).isInstanceOf(SessionTruncatedException.class);
      assertThat(send.waitFor()).isEqualTo(BY_SIGTERM);
    }
  }

  @Test
  void runsNoCommandWhenASignalEndsTheWaiting() throws Exception {
    Path ran = path("ran");
    Process share =
        hydra(
            "share",
            "--relay",
            where(),
            "--relay-key",
            key(),
            "--wait-consumers",
            "2",
            "--",
            "touch",
            ran.toString());
    try (HydraConsumer consumer = HydraConsumer.builder(ticketOf(share)).connect()) {
      awaitLine(share, "waiting for 2 consumers");

      share.toHandle().destroy(); // which leaves the pipes open

      assertThatThrownBy(consumer::receive).isInstanceOf(SessionTruncatedException.class);
      assertThat(share.waitFor()).isEqualTo(BY_SIGTERM);
      assertThat(ran).doesNotExist();
    }
  }

  @Test
  void readsNothingWhileItWaits() throws Exception {
    byte[] payload = new byte[200_000];
    Files.write(path("in"), payload);
    Process send =
        hydra(
            ProcessBuilder.Redirect.from(path("in").toFile()),
            "send",
            "--relay",
            where(),
            "--relay-key",
            key());
    Ticket ticket = ticketOf(send);
    awaitLine(send, "waiting for 1 consumer");
    Path stdin = Path.of("/proc/" + send.pid() + "/fdinfo/0");
    assumeTrue(Files.exists(stdin), "only Linux tells how far a process has read");

    assertThat(Files.readAllLines(stdin).get(0).split("\\s+")).containsExactly("pos:", "0");

    long received = 0;
    try (HydraConsumer consumer = HydraConsumer.builder(ticket).connect()) {
      for (ByteBuffer more = consumer.receive(); more != null; more = consumer.receive()) {
        received += more.remaining();
      }
    }
    assertThat(received).isEqualTo(payload.length);
    assertThat(send.waitFor()).isZero();
  }

  @Test
  void leavesAFileAloneIntoWhichNothingHasCome() throws Exception {
    Files.writeString(path("out"), "precious");
    Files.writeString(
        path("t"),
        SessionSecrets.generate()
            .ticket(new RelayAddress("127.0.0.1", relay.address().getPort()), relay.relayKey())
            .format());
    Process recv = hydra("recv", "@" + path("t"), "-o", path("out").toString());
    awaitLine(recv, "hydra recv: nobody has this session open; waiting until somebody sends");

    recv.toHandle().destroy();

    assertThat(recv.waitFor()).isEqualTo(BY_SIGTERM);
    assertThat(path("out")).hasContent("precious");
  }

  @Test
  void takesUpTheMessageWhoseCommandASignalHasEnded() throws Exception {
    Files.writeString(path("in"), "one\ntwo\nthree");
    String[] send = {"send", path("in").toString(), "--lines", "-q", "--relay", where()};
    assertThat(Cli.run(Cli.join(send, "--relay-key", key(), "--ticket-file", path("t").toString())))
        .isEqualTo(new Cli(0, "", ""));
    String[] recv = {
      "recv", "@" + path("t"), "--position-file", path("p").toString(), "--exec",
    };
    // as Ctrl-C, which the command gets as well: it has failed before recv has ended
    String fails =
        "test $HYDRA_MESSAGE = 1 && exit; trap '' TERM; kill -TERM $PPID; "
            + "while ! grep -q recv-stop /proc/$PPID/task/*/comm; do sleep 0.01; done; exit 1";
    assumeTrue(Files.exists(Path.of("/proc/self/task")), "only Linux tells which threads run");

    assertThat(hydra(Cli.join(recv, fails)).waitFor()).isEqualTo(BY_SIGTERM);

    String cat = "cat >>" + path("out") + "; echo >>" + path("out");
    assertThat(Cli.run(Cli.join(recv, cat))).isEqualTo(new Cli(0, "", ""));
    assertThat(path("out")).hasContent("two\nthree\n");
  }

  private Process hydra(String... args) throws IOException {
    return hydra(ProcessBuilder.Redirect.PIPE, args);
  }

  private Process hydra(ProcessBuilder.Redirect stdin, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectInput(stdin).start();
    processes.add(process);
    return process;
  }

  private static Ticket ticketOf(Process send) throws IOException {
    BufferedReader err = send.errorReader();
    for (String line = err.readLine(); line != null; line = err.readLine()) {
      if (line.startsWith("ticket: ")) {
        return Ticket.parse(line.substring("ticket: ".length()));
      }
    }
    throw new AssertionError("no ticket; exit code " + send.exitValue());
  }

  private static void awaitLine(Process process, String expected) throws IOException {
    BufferedReader err = process.errorReader();
    String line = err.readLine();
    while (line != null && !line.equals(expected)) {
      line = err.readLine();
    }
    assertThat(line).isEqualTo(expected);
  }

  private static String text(ByteBuffer message) {
    return UTF_8.decode(message).toString();
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
}
