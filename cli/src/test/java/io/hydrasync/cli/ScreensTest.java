package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.secret.CredentialFile;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.operator.AdminRequests;
import io.hydrasync.operator.RelayLifecycle;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is drawn, in a real terminal that changes its size. */
@Tag("foreign")
class ScreensTest {
  private static final String SECRET = CredentialFile.fresh();

  @TempDir private Path directory = Path.of("");

  private static long count(List<String> lines, String text) {
    return lines.stream().filter(line -> line.contains(text)).count();
  }

  @ParameterizedTest
  @ValueSource(ints = {60, 80, 101, 200})
  void demoHasALineForEachConsumerAndASummary(int columns)
      throws IOException, InterruptedException {
    try (Tmux pane = new Tmux(columns, 50, Tmux.hydra("demo", "--seconds", "2"))) {
      List<String> drawn = pane.awaitText("consumer 3  [");
      for (String name : List.of("producer    [", "consumer 1  [", "consumer 2  [")) {
        assertThat(count(drawn, name)).as(String.join("\n", drawn)).isOne();
      }
      List<String> ended = pane.awaitText("ended with 0");
      assertThat(String.join(" ", ended)).contains("could read: nothing");
      assertThat(count(ended, "consumer 1  [")).isZero();
      assertThat(ended.get(0)).isEqualTo("hydra demo: one producer, one relay, three consumers");
    }
  }

  @Test
  void demoIsDrawnAnewWhenTheTerminalGetsNarrower() throws IOException, InterruptedException {
    try (Tmux pane = new Tmux(200, 24, Tmux.hydra("demo", "--seconds", "20"))) {
      pane.awaitText("messages");
      pane.resize(60, 24);
      List<String> narrow =
          pane.await(lines -> count(lines, "] ") == 4 && count(lines, " messages  ") == 0);
      assertThat(count(narrow, "hydra demo")).isOne();
      assertThat(count(narrow, "consumer 1  [")).isOne();
      pane.resize(101, 24);
      pane.await(lines -> count(lines, " messages  ") == 4 && count(lines, "] ") == 4);
      pane.type("C-c");
      pane.awaitText("ended with 130");
    }
  }

  @Test
  void demoPrintsWhereNothingCanBeDrawn() throws IOException, InterruptedException {
    String demo = "TERM=dumb " + Tmux.hydra("demo", "--seconds", "1");
    try (Tmux pane = new Tmux(80, 40, demo)) {
      List<String> lines = pane.awaitText("ended with 0");
      assertThat(count(lines, "consumer 1  [")).isZero();
      assertThat(String.join(" ", lines)).contains("could read: nothing");
    }
  }

  @Test
  void progressLeavesNothingBehindWhenTheTerminalGetsNarrower()
      throws IOException, InterruptedException {
    try (HydraServer relay = HydraServer.bindDefault()) {
      Path file = directory.resolve("in");
      Files.write(file, new byte[1 << 20]);
      String send =
          Tmux.hydra(
              "send",
              "--relay",
              "127.0.0.1:" + relay.address().getPort(),
              "--relay-key",
              relay.relayKey().toString(),
              "--ticket-file",
              directory.resolve("ticket").toString(),
              "--wait-consumers",
              "0");
      String slowly = "(cat '" + file + "'; while sleep 0.2; do echo x; done) | ";
      try (Tmux pane = new Tmux(200, 24, slowly + send)) {
        pane.awaitText("unack");
        for (int columns : new int[] {150, 101, 60, 30, 80}) {
          pane.resize(columns, 24);
          pane.await(
              lines ->
                  count(lines, "B/s") == 1
                      && count(lines, "unack") == (columns >= 60 ? 1 : 0)
                      && lines.stream().allMatch(line -> line.length() <= columns));
        }
        pane.type("C-c");
        List<String> ended = pane.awaitText("ended with");
        assertThat(count(ended, "unack")).as(String.join("\n", ended)).isZero();
      }
    }
  }

  /** A session that is over, with one message. */
  private static String recv(HydraServer relay, byte[] message) {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraProducer producer = HydraProducer.connect(relay.address(), session)) {
      producer.broadcast(message);
    }
    return "HYDRA_TICKET='"
        + Ticket.of(
                List.of(RelayAddress.parse("127.0.0.1:" + relay.address().getPort())),
                session.id(),
                relay.relayKey(),
                session.key())
            .format()
        + "' "
        + Tmux.hydra("recv");
  }

  @Test
  void recvDoesNotLetAMessageControlTheTerminal() throws IOException, InterruptedException {
    byte[] message = "one\ttwo\n\033]0;owned\007\033[2Jthree\r\n".getBytes(UTF_8);
    try (HydraServer relay = HydraServer.bindDefault();
        Tmux pane = new Tmux(80, 24, recv(relay, message))) {
      assertThat(pane.awaitText("ended with 0"))
          .startsWith("one     two", "\\u001b]0;owned\\u0007\\u001b[2Jthree\\r");
    }
  }

  /** An end without a newline would be where the progress is drawn. */
  @Test
  void recvDrawsNothingOverAMessage() throws IOException, InterruptedException {
    try (HydraServer relay = HydraServer.bindDefault();
        Tmux pane = new Tmux(80, 24, recv(relay, "no newline, ".getBytes(UTF_8)))) {
      assertThat(pane.awaitText("ended with 0").get(0)).isEqualTo("no newline, ended with 0");
    }
  }

  @Test
  void recvWritesNothingBinaryToTheTerminalUnlessForced() throws IOException, InterruptedException {
    byte[] message = "seen\n\0\033[5mblinking\033[m\n".getBytes(UTF_8);
    try (HydraServer relay = HydraServer.bindDefault()) {
      String recv = recv(relay, message);
      try (Tmux pane = new Tmux(100, 24, recv)) {
        assertThat(pane.awaitText("ended with 2"))
            .contains(
                "hydra recv: the payload is binary, and stdout is a terminal: -o FILE, or --force")
            .doesNotContain("seen");
      }
      try (Tmux pane = new Tmux(100, 24, recv + " -o /dev/tty")) {
        assertThat(pane.awaitText("ended with 2")).doesNotContain("seen");
      }
      try (Tmux pane = new Tmux(100, 24, recv + " --force")) {
        assertThat(pane.awaitText("ended with 0")).contains("seen");
        assertThat(pane.colours()).contains("\033[5mblinking");
      }
      Path file = directory.resolve("out");
      try (Tmux pane = new Tmux(100, 24, recv + " > '" + file + "'")) {
        pane.awaitText("ended with 0");
        assertThat(file).hasBinaryContent(message);
      }
    }
  }

  @Test
  void recvShowsBytesAndRateInALineThatGoes() throws IOException, InterruptedException {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        Tmux pane =
            new Tmux(
                100,
                24,
                Tmux.hydra(
                    "recv",
                    session.ticket(RelayAddress.of(relay.address()), relay.relayKey()).format(),
                    "-o",
                    directory.resolve("out").toString()))) {
      HydraProducer producer = HydraProducer.connect(relay.address(), session);
      producer.broadcast(new byte[3 << 20]);
      List<String> drawn =
          pane.await(
              lines ->
                  lines.stream()
                      .anyMatch(line -> line.matches("3 MiB  [0-9.]+ [KM]?i?B/s  0:\\d\\d .*")));
      assertThat(count(drawn, "1 message")).as(String.join("\n", drawn)).isOne();
      pane.resize(40, 24);
      pane.await(lines -> count(lines, "B/s") == 1 && count(lines, "3 MiB") == 1);
      producer.broadcast(new byte[1 << 20]);
      pane.awaitText("4 MiB  ");
      producer.close();
      List<String> ended = pane.awaitText("ended with 0");
      assertThat(count(ended, "received 4 MiB in 2 messages")).as(String.join("\n", ended)).isOne();
      assertThat(count(ended, "4 MiB  ")).as(String.join("\n", ended)).isZero();
    }
  }

  /** What the terminal says of itself comes a moment behind the end. */
  private static void assertIsAsBefore(Tmux pane) throws IOException, InterruptedException {
    pane.await(
        lines -> {
          String said = String.join(" ", lines);
          return said.contains(" icanon") && said.contains(" echo ");
        });
  }

  @Test
  void topHasKeysAndGivesTheTerminalBack() throws IOException, InterruptedException {
    try (HydraServer relay = relay();
        HydraProducer one = HydraProducer.connect(relay.address(), SessionSecrets.generate());
        HydraProducer two = HydraProducer.connect(relay.address(), SessionSecrets.generate());
        Tmux pane = new Tmux(60, 24, top(relay))) {
      one.broadcast(new byte[1]);
      two.broadcast(new byte[1]);
      pane.await(lines -> count(lines, " live ") == 2 && count(lines, "HELD  CONS     AGE") == 1);
      pane.resize(80, 24);
      pane.await(lines -> count(lines, "IN         OUT     AGE") == 1);
      pane.awaitText("q quit");
      pane.type("s");
      pane.awaitText("s sort: lag");
      pane.type("Down", "Down");
      pane.await(lines -> count(lines, ">") == 1);
      assertThat(pane.colours()).contains("\033[7m>");
      pane.type("Enter");
      pane.awaitText("no consumer");
      pane.type("Escape");
      pane.awaitText("s sort: lag");
      pane.type("/", "n", "o", "t", "Enter");
      pane.awaitText("no session matches");
      pane.type("?");
      pane.awaitText("what the slowest consumer has still to take");
      pane.resize(60, 12);
      pane.await(lines -> lines.size() <= 12 && count(lines, "q quit  esc back") == 1);
      pane.resize(80, 24);
      pane.await(lines -> lines.size() > 12);
      pane.type("q");
      List<String> ended = pane.awaitText("ended with 0");
      assertThat(count(ended, "hydra top")).isZero();
      assertIsAsBefore(pane);
    }
  }

  @Test
  void adminTablesFitTheTerminal() throws IOException, InterruptedException {
    try (HydraServer relay = relay();
        HydraProducer producer =
            HydraProducer.connect(relay.address(), SessionSecrets.generate())) {
      producer.broadcast(new byte[2_000]);
      String admin =
          "HYDRA_ADMIN_CREDENTIAL="
              + SECRET
              + " HYDRA_RELAY=127.0.0.1:"
              + relay.address().getPort()
              + " "
              + Tmux.hydra("admin", "sessions", "--relay-key", relay.relayKey().toString());
      try (Tmux pane = new Tmux(80, 24, admin)) {
        List<String> lines = pane.awaitText("ended with 0");
        assertThat(lines.get(0))
            .isEqualTo(
                "SESSION  STATE          LAG      HELD  CONS     AGE OVERFLOW      RECEIVED");
        assertThat(lines.get(1))
            .contains(" live ", " backpressure ", " KiB")
            .doesNotContain("wire2");
        assertThat(lines.get(2)).isEqualTo("ended with 0");
      }
      try (Tmux pane = new Tmux(200, 24, admin + " | cat")) {
        assertThat(pane.awaitText("ended with 0").toString()).contains("DELIVERED", "wire2");
      }
    }
  }

  @Test
  void topEndsByCtrlCAndHasNoColoursIfNotWanted() throws IOException, InterruptedException {
    try (HydraServer relay = relay();
        Tmux pane = new Tmux(80, 24, "NO_COLOR=1 " + top(relay))) {
      pane.awaitText("no session yet");
      pane.awaitText("q quit");
      pane.type("?");
      pane.awaitText("this help");
      assertThat(pane.colours()).doesNotContain("\033[");
      pane.type("C-c");
      pane.awaitText("ended with 130");
      assertIsAsBefore(pane);
    }
  }

  /** JLine would unpack a library to learn which terminal it is, if not all is on the terminal. */
  @Test
  void keysNeedNoNativeCode() throws IOException, InterruptedException {
    Path loaded = directory.resolve("loaded");
    String logged = "JAVA_TOOL_OPTIONS='-Xlog:class+load:file=" + loaded + "' ";
    try (HydraServer relay = relay();
        Tmux pane = new Tmux(80, 24, logged + top(relay) + " 2>/dev/null")) {
      pane.awaitText("q quit");
      pane.type("q");
      pane.awaitText("ended with 0");
    }
    List<String> jline =
        Files.readAllLines(loaded).stream().filter(line -> line.contains("org.jline.")).toList();
    assertThat(jline).isNotEmpty().noneMatch(line -> line.contains("org.jline.nativ."));
  }

  private static String top(HydraServer relay) {
    return "HYDRA_ADMIN_CREDENTIAL="
        + SECRET
        + " "
        + Tmux.hydra(
            "top",
            "--relay",
            "127.0.0.1:" + relay.address().getPort(),
            "--relay-key",
            relay.relayKey().toString());
  }

  private static HydraServer relay() {
    return HydraServer.builder()
        .credential(Credential.of(HexFormat.of().parseHex(SECRET)), Set.of(Role.ADMIN))
        .admin(new AdminRequests(new Unwanted()))
        .bind();
  }

  /** Nobody asks for these. */
  private static final class Unwanted implements RelayLifecycle {
    @Override
    public Duration drainDelay() {
      return Duration.ZERO;
    }

    @Override
    public Duration drainTimeout() {
      return Duration.ZERO;
    }

    @Override
    public void drain(Duration delay, Duration bound) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String reload() {
      throw new UnsupportedOperationException();
    }
  }
}
