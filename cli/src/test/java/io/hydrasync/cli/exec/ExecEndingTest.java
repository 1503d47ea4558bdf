package io.hydrasync.cli.exec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.Eventually;
import io.hydrasync.cli.HydraProcess;
import io.hydrasync.client.HydraConsumer;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of commands, and of whom they have started, when hydra ends. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "nobody is found whose parent has ended")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExecEndingTest {
  /**
   * Five processes that note themselves: the command, a child, two of which the parent has ended,
   * one of them in a session of its own, and one that does not mind SIGTERM.
   */
  private static final String FAMILY =
      "note='echo $$ >>pids; while :; do sleep 0.05; done'; echo $$ >>pids; "
          + "sh -c \"$note\" & "
          + "(sh -c \"$note\" & setsid sh -c \"$note\" &) ; "
          + "sh -c \"trap '' TERM; $note\" & "
          + "while :; do sleep 0.05; done";

  private static final int FAMILY_SIZE = 5;

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    processes.forEach(Process::destroyForcibly);
    family().forEach(ProcessHandle::destroyForcibly);
    relay.close();
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void endsAllThatACommandHasStarted(String signal, int code) throws Exception {
    given("one", "two");
    Process recv = exec("test $HYDRA_MESSAGE = 1 && exit; " + FAMILY, "--exec-grace", "500ms");
    awaitFamily();

    HydraProcess.signal(recv, signal);

    assertThat(recv.waitFor()).isEqualTo(code);
    assertThat(family()).isEmpty();
    assertThat(rest()).as("what a restart takes up").isEqualTo("two\n");
  }

  @Test
  void givesACommandTheTimeToComeToItsEndAndNotesItsMessage() throws Exception {
    given("one", "two");
    String careful =
        "trap 'sleep 0.5 && cat >taken && echo >>taken && exit 0; exit 1' TERM;"
            + " echo $$ >>pids; while :; do sleep 0.05; done";
    Process recv = exec(careful, "--exec-grace", "1m");
    Eventually.await("the command", () -> !family().isEmpty());

    HydraProcess.signal(recv, "TERM");

    assertThat(recv.waitFor()).isEqualTo(143);
    assertThat(path("taken")).hasContent("one\n");
    assertThat(rest()).isEqualTo("two\n");
  }

  @Test
  void killsAtTheSecondSignal() throws Exception {
    given("one");
    Process recv = exec("trap '' TERM INT; " + FAMILY, "--exec-grace", "1h");
    awaitFamily();

    HydraProcess.signal(recv, "TERM");
    Eventually.await("recv has told them", () -> threadsOf(recv).contains("recv-stop"));
    HydraProcess.signal(recv, "INT");

    assertThat(recv.waitFor()).isEqualTo(143);
    assertThat(family()).isEmpty();
    assertThat(rest()).isEqualTo("one\n");
  }

  @Test
  void doesNotMindASignalThatWasIgnoredWhenItBegan() throws Exception {
    given("one");
    ProcessBuilder builder =
        HydraProcess.builder(
            "recv", "@t", "--exec", "echo $$ >>pids; until test -e go; do sleep 0.05; done");
    builder.command().addAll(0, List.of("sh", "-c", "trap '' HUP; exec \"$@\"", "sh"));
    builder.command().removeAll(HydraProcess.HEARING_SIGNALS);
    Process recv = builder.directory(directory.toFile()).start();
    processes.add(recv);
    Eventually.await("the command", () -> !family().isEmpty());

    HydraProcess.signal(recv, "HUP");
    Files.createFile(path("go"));

    assertThat(recv.waitFor()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"exit 3, exit code 3", "kill -KILL $$, exit code 137"})
  void leavesNothingOfACommandThatHasFailed(String failure, String told) throws Exception {
    given("one");
    String fails =
        "sh -c 'echo $$ >>pids; sleep 60; :' & until test -s pids; do :; done; " + failure;

    Process recv = exec(fails, "--exec-grace", "30s");

    assertThat(recv.waitFor()).isEqualTo(1);
    assertThat(Files.readString(path("stderr"))).contains(told + " at message 1");
    assertThat(family()).isEmpty();
    assertThat(rest()).isEqualTo("one\n");
  }

  @Test
  void leavesAloneWhatACommandHasLeftBehindOnPurpose() throws Exception {
    given("one", "two");
    String daemon = "sh -c 'echo $$ >>pids; sleep 60; :' >/dev/null 2>&1 & ";

    Process recv = exec(daemon + "exit 0", "--exec-grace", "1s");

    assertThat(recv.waitFor()).isZero();
    Eventually.await("both", () -> family().size() == 2);
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void endsTheSharedCommandWithAllThatItHasStarted(String signal, int code) throws Exception {
    Process share = share("echo up; " + FAMILY, "--exec-grace", "1s");
    awaitFamily();
    Eventually.await("the copy of its output", () -> cats(share).size() == 1);
    ProcessHandle cat = cats(share).get(0);

    HydraProcess.signal(share, signal);

    assertThat(share.waitFor()).isEqualTo(code);
    assertThat(cat).matches(handle -> !CommandTree.isAlive(handle), "has ended");
    assertThat(family()).isEmpty();
    assertThat(shared()).as("up to the authenticated end").isEqualTo("up\n");
  }

  @Test
  void endsTheSharedCommandWhenTheRelayIsGone() throws Exception {
    Process share = share("echo up; " + FAMILY, "--exec-grace", "1s", "--reconnect-timeout", "0");
    awaitFamily();

    relay.close();

    assertThat(share.waitFor()).isEqualTo(1);
    assertThat(family()).isEmpty();
  }

  @Test
  void itsErrorsAreSaidWhereItsOutputIs() throws Exception {
    given("one");

    Process recv = start("recv", "@t", "-o", "/dev/stderr", "--lines", "--count", "2");

    assertThat(recv.waitFor()).isEqualTo(4);
    assertThat(path("stderr")).content().startsWith("one\n").contains("1 of 2 messages came");
  }

  private static List<ProcessHandle> cats(Process share) {
    return share
        .children()
        .filter(child -> child.info().command().orElse("").endsWith("cat"))
        .toList();
  }

  private void given(String... lines) throws IOException {
    Files.writeString(path("in"), String.join("\n", lines) + "\n");
    Cli send =
        Cli.run(
            "send",
            path("in").toString(),
            "--lines",
            "-q",
            "--relay",
            where(),
            "--relay-key",
            relay.relayKey().toString(),
            "--ticket-file",
            path("t").toString());
    assertThat(send).isEqualTo(new Cli(0, "", ""));
  }

  private Process exec(String command, String... options) throws IOException {
    return start(
        Cli.join(new String[] {"recv", "@t", "--position-file", "p", "--exec", command}, options));
  }

  private Process share(String command, String... options) throws IOException {
    String[] all = {"share", "--relay", where(), "--ticket-file", "t"};
    all = Cli.join(all, "--relay-key", relay.relayKey().toString());
    all = Cli.join(all, options);
    return start(Cli.join(all, "--", "sh", "-c", command));
  }

  private Process start(String... args) throws IOException {
    File stderr = path("stderr").toFile();
    Process process =
        HydraProcess.builder(args).directory(directory.toFile()).redirectError(stderr).start();
    processes.add(process);
    return process;
  }

  /** What the next run gets, from the position that this one has noted. */
  private String rest() throws IOException {
    Cli next =
        Cli.run(
            "recv",
            "@" + path("t"),
            "--position-file",
            path("p").toString(),
            "--exec",
            "cat >>" + path("rest") + "; echo >>" + path("rest"));
    assertThat(next).isEqualTo(new Cli(0, "", ""));
    return Files.readString(path("rest"));
  }

  private String shared() throws IOException {
    StringBuilder all = new StringBuilder();
    try (HydraConsumer consumer =
        HydraConsumer.builder(Ticket.parse(Files.readString(path("t")).strip())).connect()) {
      for (ByteBuffer more = consumer.receive(); more != null; more = consumer.receive()) {
        all.append(UTF_8.decode(more));
      }
    }
    return all.toString();
  }

  private void awaitFamily() throws IOException {
    Eventually.await("all that the command starts", () -> family().size() == FAMILY_SIZE);
  }

  /** Who has noted itself and still runs. */
  private List<ProcessHandle> family() throws IOException {
    if (!Files.exists(path("pids"))) {
      return List.of();
    }
    return Files.readAllLines(path("pids")).stream()
        .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
        .filter(CommandTree::isAlive)
        .toList();
  }

  private static String threadsOf(Process process) throws IOException {
    StringBuilder names = new StringBuilder();
    try (var tasks = Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path task : tasks) {
        names.append(Files.readString(task.resolve("comm")));
      }
    }
    return names.toString();
  }

  private String where() {
    return "127.0.0.1:" + relay.address().getPort();
  }

  private Path path(String name) {
    return directory.resolve(name);
  }
}
