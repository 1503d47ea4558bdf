package io.hydrasync.cli.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import io.hydrasync.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RelayConfigTest {
  @TempDir private Path directory = Path.of("");

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("hydra.properties"), text);
  }

  /** The command with another environment than this JVM's. */
  private static Cli run(Map<String, String> environment, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commands = Main.commandLine(args);
    commands
        .getSubcommands()
        .get("relay")
        .setDefaultValueProvider(new RelayConfig(List.of(args), environment));
    int code = commands.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(args);
    return new Cli(code, out.toString(), err.toString());
  }

  private static Cli print(Map<String, String> environment, String... args) {
    String[] all = new String[args.length + 2];
    all[0] = "relay";
    System.arraycopy(args, 0, all, 1, args.length);
    all[all.length - 1] = "--print-config";
    return run(environment, all);
  }

  @Test
  void takesTheFlagBeforeTheEnvironmentBeforeTheFile() throws IOException {
    String file = file("retention=1m\ncapacity=16m\nlinger=7s\nlimit-loopback=true\n").toString();

    Cli cli =
        print(
            Map.of("HYDRA_CAPACITY", "32m", "HYDRA_LINGER", "8s"),
            "--config",
            file,
            "--linger",
            "9s");

    assertThat(cli.err()).isEmpty();
    assertThat(cli.code()).isZero();
    assertThat(cli.out())
        .contains(
            "# from " + file + "\nretention=1m\n",
            "# from HYDRA_CAPACITY\ncapacity=32m\n",
            "# from the command line\nlinger=9s\n",
            "# from " + file + "\nlimit-loopback=true\n",
            "#drain-timeout=10s\n",
            "#listen=127.0.0.1:4370\n",
            "#no-classic=false\n",
            "#key-file=\n",
            "#max-joining=4000\n",
            "#joining-per-address=64\n",
            "#joining-per-56=512\n",
            "#joining-per-48=2048\n",
            "#sessions-per-address=1000\n",
            "#max-sessions=10000\n");
  }

  @Test
  void printsWhatItReadsAgain() throws IOException {
    String first =
        print(Map.of("HYDRA_OVERFLOW", "skip"), "--threads", "2", "--memory", "64m").out();
    String file = file(first).toString();

    String second = print(Map.of("HYDRA_CONFIG", file)).out();

    assertThat(second.replaceAll("# from.*\n", "")).isEqualTo(first.replaceAll("# from.*\n", ""));
    assertThat(second).contains("overflow=skip", "threads=2", "memory=64m");
  }

  /** Printed and read again, any text is what it was. */
  @Test
  void printsAnyTextSoThatItIsReadAgain() throws IOException {
    Random random = new Random(20_260_101);
    String awkward =
        "\\\\\\ \t\n\r\f#!=:,'\"${}%@uü€\uD83D\uDE00\u2028\u00a0\u2003\u202e\u001b~a0.-/";
    int[] characters = awkward.codePoints().toArray();
    for (int i = 0; i < 300; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        text.appendCodePoint(characters[random.nextInt(characters.length)]);
      }
      printsAndReads(text.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "C:\\relay\\new",
        " leading",
        "trailing ",
        "  ",
        "#x",
        "!x",
        "=x",
        ":x",
        "a=b:c",
        "a\nkey-file=b",
        "a\\",
        "\\u0041",
        "Schlüssel",
        "鍵",
        "${user.home}",
        "$${x}",
        "${env:HOME}",
        "'x'",
        "\"x\"",
        "a,b",
        "@x",
        "-x",
        "\t",
        "\uFEFFx",
        ""
      })
  void printsAwkwardTextsSoThatTheyAreReadAgain(String text) throws IOException {
    printsAndReads(text);
  }

  private void printsAndReads(String text) throws IOException {
    Cli first = print(Map.of(), "--key-file=" + text);
    assertThat(first.err()).as(text).isEmpty();
    String printed = first.out();
    assertThat(printed.chars()).as(printed).allMatch(c -> c == '\n' || c >= ' ' && c <= '~');
    Path file = Files.writeString(directory.resolve("a\nb=c"), printed);

    String again = print(Map.of(), "--config", file.toString()).out();

    assertThat(again.replaceAll("# from.*\n", "")).isEqualTo(printed.replaceAll("# from.*\n", ""));
    assertThat(keyFile("--config=" + file)).isEqualTo(Path.of(text));
    assertThat(keyFile("--key-file=" + text)).isEqualTo(Path.of(text));
  }

  /** What the relay would take. */
  private static Path keyFile(String... args) {
    String[] all = Cli.join(new String[] {"relay"}, args);
    CommandLine commands = Main.commandLine(all);
    CommandLine relay = commands.getSubcommands().get("relay");
    relay.setDefaultValueProvider(new RelayConfig(List.of(all), Map.of()));
    commands.parseArgs(all);
    return ((Optional<?>) relay.getCommandSpec().findOption("key-file").getValue())
        .map(Path.class::cast)
        .orElseThrow();
  }

  @Test
  void readsWhatEditorsWrite() throws IOException {
    String text = "# ü\r\nmax-sessions = 5  \r\nlinger=7s\t\r\noverflow=skip";
    Path file = directory.resolve("hydra.properties");
    for (byte[] bytes :
        List.of(text.getBytes(UTF_8), ("\uFEFF" + text).getBytes(UTF_8), text.getBytes(UTF_16))) {
      Files.write(file, bytes);

      assertThat(print(Map.of(), "--config", file.toString()).out())
          .contains("\nmax-sessions=5\n", "\nlinger=7s\n", "\noverflow=skip\n");
    }
  }

  @Test
  void saysWhereAFileIsNoText() throws IOException {
    Path file = directory.resolve("hydra.properties");
    Map<String, String> wrong =
        Map.of(
            "linger=7s\nkey-file=\u00e9\n",
            "line 2: not UTF-8",
            "linger=7s\n\nx=\0",
            "line 3: a NUL byte",
            "linger=7s\nkey-file=C:\\users",
            "line 2: \\u is not followed by 4 hex digits",
            "#\\u\nkey-file=\\\\u\\u12",
            "line 2: \\u is not followed by 4 hex digits",
            "#".repeat(2 << 20),
            "more than 1048576 bytes");
    for (Map.Entry<String, String> one : wrong.entrySet()) {
      Files.write(file, one.getKey().getBytes(ISO_8859_1));

      Cli cli = run(Map.of(), "relay", "--check-config", "--config", file.toString());

      assertThat(cli.code()).isEqualTo(2);
      assertThat(cli.err()).contains(file.toString(), one.getValue()).hasLineCount(1);
    }
  }

  @Test
  void masksASecretThatStandsWhereAFileBelongs() {
    String secret = "0123456789abcdef".repeat(4);

    Cli cli = print(Map.of("HYDRA_KEY_FILE", secret), "--spill-dir", secret);

    assertThat(cli.out()).contains("key-file=…", "spill-dir=…").doesNotContain(secret);
  }

  @Test
  void saysWhereAWrongValueIsFrom() throws IOException {
    Cli environment = run(Map.of("HYDRA_THREADS", "many"), "relay", "--check-config");
    Cli file = run(Map.of(), "relay", "--check-config", "--config", file("linger=5").toString());

    assertThat(environment.code()).isEqualTo(2);
    assertThat(environment.err()).contains("HYDRA_THREADS").hasLineCount(1);
    assertThat(file.code()).isEqualTo(2);
    assertThat(file.err()).contains("hydra.properties").hasLineCount(1);
  }

  @Test
  void refusesAKeyThatIsNoOption() throws IOException {
    Cli cli =
        run(Map.of(), "relay", "--config", file("max-sesions=5\n").toString(), "--check-config");

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err()).contains("max-sesions", "hydra.properties").hasLineCount(1);
  }

  @Test
  void asksWhetherAnOptionIsMisspelt() throws IOException {
    String config = file("max-sesions=5\n").toString();

    Cli check = run(Map.of(), "relay", "--check-config", "--config", config);
    Cli start = run(Map.of(), "relay", "--config", config);

    assertThat(check.err()).contains("max-sesions", "did you mean max-sessions?").hasLineCount(1);
    assertThat(start).isEqualTo(check);
  }

  @Test
  void tellsAllThatIsWrongAtOnce() throws IOException {
    Path noDirectory = Files.writeString(directory.resolve("plain"), "");
    String config =
        file("retention=foo\ncapacity=\nmax-sesions=4\nmemory=bar\nmax-joining=0\n").toString();

    Cli cli =
        run(
            Map.of("HYDRA_MAX_SESIONS", "4", "HYDRA_THREADS", "many"),
            "relay",
            "--check-config",
            "--config",
            config,
            "--lingr=5s",
            "--overflow",
            "explode",
            "--http",
            "nowhere",
            "--joining-per-56",
            "-4",
            "--spill-dir",
            noDirectory.toString(),
            "--key-file",
            noDirectory.resolve("relay.key").toString(),
            "--admin-key-file=");

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.out()).isEmpty();
    assertThat(cli.err())
        .contains(
            "--retention: 'foo' is not a size such as 64k, 8MiB or 4096 (from " + config + ")\n",
            "--capacity: '' is not a size",
            "--memory: 'bar' is not a size",
            "maxJoining is at least 1, not 0",
            "joiningPer56 is at least 1, not -4",
            "max-sesions in "
                + config
                + " is not an option of the relay; did you mean max-sessions?",
            "HYDRA_MAX_SESIONS in the environment is not an option; did you mean HYDRA_MAX_SESSIONS?",
            "--threads: 'many' is not a whole number (from HYDRA_THREADS)\n",
            "unknown option: '--lingr'; did you mean --linger?",
            "--overflow: one of ",
            "--http: 'nowhere' is not HOST:PORT",
            "cannot use the spill directory " + noDirectory + ": is not a directory",
            "--key-file: " + noDirectory + " is not a directory",
            "--admin-key-file is empty",
            "14 mistakes (see: hydra relay --help)")
        .hasLineCount(15);
  }

  @Test
  void looksAtTheFilesThatAreThere() throws IOException {
    Path key = Files.writeString(directory.resolve("relay.key"), "nonsense");
    Path spill = Files.createDirectory(directory.resolve("spill"));
    assertThat(key.toFile().setReadable(false, false)).isTrue();
    assertThat(key.toFile().setReadable(true, true)).isTrue();
    assertThat(spill.toFile().setReadable(true, false)).isTrue();

    Cli cli =
        run(
            Map.of(),
            "relay",
            "--check-config",
            "--key-file",
            key.toString(),
            "--spill-dir",
            spill.toString());

    assertThat(cli.err())
        .contains(key + " does not hold a key", spill + " is open to others", "2 mistakes");
    assertThat(key).hasContent("nonsense");
  }

  @Test
  void namesTheOptionOfAFileThatCannotBeUsed() throws IOException {
    Path nonsense = Files.writeString(directory.resolve("nonsense"), "nonsense\n");
    assertThat(nonsense.toFile().setReadable(false, false)).isTrue();
    assertThat(nonsense.toFile().setReadable(true, true)).isTrue();
    Path absent = directory.resolve("absent");

    Cli wrong =
        run(
            Map.of(),
            "relay",
            "--check-config",
            "--credentials",
            nonsense.toString(),
            "--admin-key-file",
            nonsense.toString());
    Cli missing = run(Map.of(), "relay", "--check-config", "--credentials", absent.toString());

    assertThat(wrong.err())
        .contains(
            "--credentials: line 1 of " + nonsense,
            "--admin-key-file: " + nonsense + " does not hold a credential",
            "2 mistakes");
    assertThat(missing.err()).contains("--credentials: ", absent.toString()).hasLineCount(1);
  }

  @Test
  void warnsOfVariablesThatAreNoOptions() {
    Map<String, String> environment =
        Map.of(
            "HYDRA_RETENTON", "1m",
            "HYDRA_TICKET", "t",
            "HYDRA_SERVICE_HOST", "10.0.0.1",
            "HYDRA_PORT", "tcp://10.0.0.1:4370",
            "HYDRA_RELAY_PORT_4370_TCP_ADDR", "10.0.0.1");

    Cli cli = print(environment);

    assertThat(cli.code()).isZero();
    assertThat(cli.err())
        .isEqualTo(
            "hydra relay: warning: HYDRA_RETENTON in the environment is not an option; did you mean"
                + " HYDRA_RETENTION?\n");
  }

  @Test
  void printsWhatHoldsWhereNothingIsSet() {
    assertThat(print(Map.of("HYDRA_SPILL_DIR", "")).out())
        .contains(
            "# not set: none, the relay has a new key at each start\n#key-file=\n",
            "# not set: 3/4 of the JVM's direct memory\n#memory=\n",
            "# not set: none\n#classic-version=\n",
            "# from HYDRA_SPILL_DIR, where it is empty\nspill-dir=\n",
            "\n#retention=8MiB\n");
  }

  @Test
  void refusesAFileThatIsNotThere() {
    Cli cli = run(Map.of(), "relay", "--config", "no/such/file", "--check-config");

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err()).contains("no/such/file").hasLineCount(1);
  }

  @Test
  void checksWithoutMakingAnything() throws IOException {
    Path key = directory.resolve("relay.key");
    Path admin = directory.resolve("admin.key");

    Cli right =
        run(
            Map.of(),
            "relay",
            "--check-config",
            "--key-file",
            key.toString(),
            "--admin-key-file",
            admin.toString());
    Cli wrong = run(Map.of(), "relay", "--check-config", "--capacity", "1k");

    assertThat(right).isEqualTo(new Cli(0, "the configuration is right\n", ""));
    assertThat(key).doesNotExist();
    assertThat(admin).doesNotExist();
    assertThat(wrong.code()).isEqualTo(2);
  }

  @Test
  void takesTheSettingsOfTheCratesClientsFromEverywhere() throws IOException {
    Path token = directory.resolve("observers");
    Map<String, String> environment =
        Map.of("HYDRA_CLASSIC_LOSSY", "true", "HYDRA_CLASSIC_OBSERVER_FILE", token.toString());
    String config = file("classic-packet=16k\n").toString();

    Cli printed = run(environment, "relay", "--config", config, "--print-config");
    Cli checked = run(environment, "relay", "--config", config, "--check-config");

    assertThat(printed.out())
        .contains("classic-packet=16k", "classic-lossy=true", "classic-observer-file=" + token);
    assertThat(checked.code()).isZero();
    assertThat(token).doesNotExist();
  }

  @Test
  void refusesAClassicPacketThatIsMoreThanAFrame() {
    Cli cli =
        run(Map.of(), "relay", "--check-config", "--max-frame", "1m", "--classic-packet", "1m");

    assertThat(cli.code()).isEqualTo(2);
    assertThat(cli.err()).contains("classic packet", "1048576", "1048548").hasLineCount(1);
  }
}
