package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

class ManPageTest {
  private static final Set<String> MACROS = Set.of("TH", "SH", "PP", "TP", "B", "I", "nf", "fi");

  @TempDir private Path directory = Path.of("");

  static Stream<CommandSpec> commands() {
    return ManPage.all(Main.commandLine().getCommandSpec()).stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void saysAllThatTheHelpSays(CommandSpec command) {
    String page = ManPage.of(command);

    assertThat(page).startsWith(".TH \"HYDRA").contains(".SH \"NAME\"", ".SH \"SYNOPSIS\"");
    assertThat(page).contains(".SH \"EXAMPLE", ".SH \"SEE ALSO\"").doesNotContain("${", "%n", "@|");
    command
        .options()
        .forEach(
            option ->
                assertThat(page).contains("\\fB" + ManPage.escape(option.longestName()) + "\\fR"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isOnlyMacrosThatManKnowsAndPlainAscii(CommandSpec command) {
    List<String> lines = ManPage.of(command).lines().toList();

    assertThat(lines).allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c <= '~'));
    assertThat(lines).noneMatch(line -> line.startsWith("'"));
    assertThat(lines.stream().filter(line -> line.startsWith(".")))
        .allMatch(line -> MACROS.contains(line.substring(1).split(" ")[0]));
  }

  @Test
  void escapesWhatWouldBeTakenForSomethingElse() {
    assertThat(ManPage.escape("a-b \\ it's ~ …")).isEqualTo("a\\-b \\e it\\(aqs \\(ti \\[u2026]");
  }

  @Test
  void keepsALineThatBeginsWithAPointFromBecomingAMacro() {
    @Command(name = "x", description = ".TH is text here")
    class Odd {}

    assertThat(ManPage.of(new CommandLine(new Odd()).getCommandSpec()))
        .contains("\n\\&.TH is text here\n");
  }

  @Test
  void writesAPageForEachCommand() throws IOException {
    ManPage.main(new String[] {directory.resolve("man").toString()});

    try (Stream<Path> files = Files.list(directory.resolve("man"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .hasSize((int) commands().count())
          .contains("hydra.1", "hydra-send.1", "hydra-ticket-new.1")
          .doesNotContain("hydra-help.1");
    }
  }
}
