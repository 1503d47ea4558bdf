package io.hydrasync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.exit.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.CommandSpec;

/** One table of exit codes, in each place where somebody looks for it. */
class ExitCodeHelpTest {
  private static final Path SHELL = Path.of("..", "docs", "guide", "shell.md");

  static Stream<CommandSpec> commands() {
    return ManPage.all(Main.commandLine().getCommandSpec()).stream();
  }

  private static List<String> table(String text, String pattern) {
    return text.lines().filter(line -> line.matches(pattern)).map(String::strip).toList();
  }

  @Test
  void theHelpTheManualPageAndTheDocumentsHaveTheWholeTable() throws IOException {
    String help = Cli.run("--help").out();
    String page = ManPage.of(Main.commandLine().getCommandSpec());
    String document = Files.readString(SHELL);

    assertThat(table(help, "  [0-9]+ +.*"))
        .containsExactlyElementsOf(
            ExitCode.TABLE.stream()
                .map(row -> String.format("%-5d %s", row.code(), row.text()).strip())
                .toList());
    assertThat(table(document, "\\| [0-9]+ \\| .* \\|"))
        .containsExactlyElementsOf(
            ExitCode.TABLE.stream()
                .map(row -> "| " + row.code() + " | " + row.text() + " |")
                .toList());
    for (ExitCode.Meaning row : ExitCode.TABLE) {
      assertThat(page)
          .contains(".TP\n.B \"" + row.code() + "\"\n" + ManPage.escape(row.text()) + "\n");
    }
    for (String place : List.of(help, Cli.run("recv", "--help").out(), document)) {
      assertThat(place).contains(ExitCode.SEVERAL);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandTellsItsOwnInHelpAndManualPage(CommandSpec command) {
    List<String> codes = List.copyOf(command.usageMessage().exitCodeList().keySet());

    assertThat(codes).contains("0", "1", "2", "70").isSubsetOf(all());
    assertThat(command.commandLine().getUsageMessage()).contains("Exit codes:\n  0 ");
    assertThat(ManPage.of(command)).contains(".SH \"EXIT STATUS\"\n.TP\n.B \"0\"\n");
  }

  private static List<String> all() {
    return ExitCode.TABLE.stream().map(row -> Integer.toString(row.code())).toList();
  }

  @Test
  void aLibraryThatIsGoneIsOneSentenceAnd70() throws IOException, InterruptedException {
    String ticket = "hydra://h:1/" + "A".repeat(86) + "#" + "A".repeat(43);
    ProcessBuilder builder = HydraProcess.builder("ticket", "qr", ticket);
    builder.command().replaceAll(part -> part.replaceAll("[^:]*zxing[^:]*:?", ""));
    builder.redirectErrorStream(true);

    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).as(said).isEqualTo(70);
    assertThat(said).contains("installation of hydra is damaged").doesNotContain("zxing", "Error");
  }

  @ParameterizedTest
  @CsvSource({
    "relay, 0 1 2 3 70",
    "send, 0 1 2 5 6 70",
    "recv, 0 1 2 3 4 5 70 141",
    "share, 0 1 2 5 6 70 127",
    "admin kick, 0 1 2 5 70",
    "ticket new, 0 1 2 70"
  })
  void noCommandTellsWhatItCannotEndWith(String command, String codes) {
    String help = Cli.run((command + " --help").split(" ")).out();

    assertThat(table(help, "  [0-9]+ +[a-z].*").stream().map(row -> row.split(" ")[0]))
        .containsExactly(codes.split(" "));
  }
}
