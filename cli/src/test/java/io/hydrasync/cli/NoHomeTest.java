package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.option.KnownRelaysFile;
import io.hydrasync.server.HydraServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of services, containers and cron jobs, which have no home directory to write into. */
class NoHomeTest {
  private static final String UNKNOWN = "?";

  @TempDir private Path directory = Path.of("");
  private final HydraServer relay = HydraServer.bindDefault();
  private Path current = Path.of("");

  @BeforeEach
  void makeDirectory() throws IOException {
    current = Files.createDirectory(directory.resolve("current"));
    Files.writeString(current.resolve("in"), "hello");
  }

  @AfterEach
  void stopRelay() {
    relay.close();
  }

  private Cli send(Map<String, String> environment, String... options) throws Exception {
    String[] args = {"send", "in", "--wait-consumers", "0", "--ticket-file", "t"};
    args = Cli.join(args, "--relay", "127.0.0.1:" + relay.address().getPort());
    ProcessBuilder builder = HydraProcess.builder(Cli.join(args, options));
    builder.command().add(builder.command().indexOf("-cp"), "-Duser.home=" + UNKNOWN);
    builder.environment().remove("HOME");
    builder.environment().remove("XDG_CONFIG_HOME");
    builder.environment().putAll(environment);
    Process process = builder.directory(current.toFile()).start();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Cli(process.waitFor(), "", err);
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(current)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-", "", "relative", "/dev/null", "/proc/self", "FILE"})
  void trustsARelayForThisRunOnly(String home) throws Exception {
    Map<String, String> environment =
        home.equals("-")
            ? Map.of()
            : Map.of("HOME", home.replace("FILE", current.resolve("in").toString()));

    Cli send = send(environment);

    assertThat(send.err())
        .contains("warning: first use of the relay", relay.relayKey() + " is trusted for this run");
    assertThat(send.code()).isZero();
    assertThat(files()).containsExactly("in", "t");
  }

  @Test
  void remembersWhereSomethingCanBeWritten() throws Exception {
    Path home = directory.resolve("home");

    Cli first = send(Map.of("HOME", home.toString(), "XDG_CONFIG_HOME", "relative"));
    Cli second = send(Map.of("HOME", home.toString(), "XDG_CONFIG_HOME", ""));

    Path file = home.resolve(".config/hydra/known_relays");
    assertThat(first.err()).contains("is remembered in " + file).doesNotContain("warning");
    assertThat(second.err()).doesNotContain("first use");
    assertThat(file).content().contains(relay.relayKey().toString());
    assertThat(files()).containsExactly("in", "t");
  }

  @Test
  void refusesAFileThatWasNamedAndCannotBeUsed() throws Exception {
    Cli send = send(Map.of(), "--known-relays", "/dev/null/known");

    assertThat(send.code()).isEqualTo(1);
    assertThat(send.err()).contains("/dev/null/known").hasLineCount(1);
  }

  @Test
  void findsThePlaceByTheEnvironment() {
    assertThat(KnownRelaysFile.byDefault(Map.of("XDG_CONFIG_HOME", "/x", "HOME", "/h"), "/u"))
        .contains(Path.of("/x/hydra/known_relays"));
    assertThat(KnownRelaysFile.byDefault(Map.of("XDG_CONFIG_HOME", "x", "HOME", "/h"), "/u"))
        .contains(Path.of("/h/.config/hydra/known_relays"));
    for (Map<String, String> no : List.of(Map.<String, String>of(), Map.of("HOME", ""))) {
      assertThat(KnownRelaysFile.byDefault(no, "/u"))
          .contains(Path.of("/u/.config/hydra/known_relays"));
      assertThat(KnownRelaysFile.byDefault(no, UNKNOWN)).isEqualTo(Optional.empty());
      assertThat(KnownRelaysFile.byDefault(no, "")).isEqualTo(Optional.empty());
    }
  }
}
