package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
}
