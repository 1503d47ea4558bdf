package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts of {@code hydra completion}, in the real shells, by typing. */
class CompletionTest {
  @TempDir private Path home = Path.of("");

  private static String script(String shell) {
    Cli cli = Cli.run("completion", shell);
    assertThat(cli.code()).isZero();
    return cli.out();
  }

  private TypedShell start(String shell) throws IOException, InterruptedException {
    for (String file : List.of("file-one", "fa two.txt", ".hidden")) {
      Files.writeString(home.resolve(file), "");
    }
    Files.createDirectories(home.resolve("folder/below"));
    Files.writeString(home.resolve("folder/deep"), "");
    Path script = home.resolve("completion-script");
    Files.writeString(script, script(shell));
    String first = shell.equals("zsh") ? "autoload -U compinit && compinit -u -D\n" : "";
    return new TypedShell(shell, first + "source " + script, home);
  }

  @Tag("foreign")
  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void completesWhatCanStandThere(String shell) throws IOException, InterruptedException {
    try (TypedShell typed = start(shell)) {
      SoftAssertions all = new SoftAssertions();
      for (String[] line :
          new String[][] {
            {"hydra kn", "hydra known-relays "},
            {"hydra ticket s", "hydra ticket show "},
            {"hydra send --wait-c", "hydra send --wait-consumers "},
            {"hydra send --overflow sp", "hydra send --overflow spill "},
            {"hydra recv --overflow=sk", "hydra recv --overflow=skip "},
            {"hydra recv --overflow b", "hydra recv --overflow b"}, // refused there
            {"hydra send --overflow de", "hydra send --overflow de"}, // no such policy
            {"hydra recv --from l", "hydra recv --from live "},
            {
              "hydra send --relay some.host:4370 --ov",
              "hydra send --relay some.host:4370 --overflow "
            },
            {"hydra send --relay recv --wait-c", "hydra send --relay recv --wait-consumers "},
            {"hydra key new ow", "hydra key new owner "},
            {"hydra key new owner file", "hydra key new owner file-one "},
            {"hydra completion f", "hydra completion fish "},
            {"hydra help rec", "hydra help recv "},
            {"hydra admin sess --x --no", "hydra admin sess --x --no"},
            {"hydra recv @fil", "hydra recv @file-one "},
            {"hydra send --owner-key @fol", "hydra send --owner-key @folder/"},
            {"hydra recv -o fil", "hydra recv -o file-one "},
            {"hydra relay --spill-dir fo", "hydra relay --spill-dir folder/"},
            {"hydra send --ring fil", "hydra send --ring fil"},
            {"hydra share --wait-c", "hydra share --wait-consumers "},
            {"hydra share cat fil", "hydra share cat file-one "},
            {"hydra share -- cat fil", "hydra share -- cat file-one "},
            {"hydra admin new-credential pro", "hydra admin new-credential producer "},
          }) {
        all.assertThat(typed.complete(line[0])).as("%s: %s", shell, line[0]).isEqualTo(line[1]);
      }
      all.assertAll();
    }
  }

  @Tag("foreign")
  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void completesFilesLikeAnyCommand(String shell) throws IOException, InterruptedException {
    try (TypedShell typed = start(shell)) {
      SoftAssertions all = new SoftAssertions();
      for (String file :
          List.of("./fi", "fi", "./fo", "fo", "folder/d", "fa", ".hi", "/et", "~/fi")) {
        String like = typed.complete("cat " + file);
        all.assertThat(typed.complete("hydra send " + file))
            .as("%s: %s", shell, file)
            .isEqualTo(like.replaceFirst("cat", "hydra send"))
            .isNotEqualTo("hydra send " + file);
      }
      all.assertAll();
    }
  }

  /** Without the shell: that nothing is left out. */
  @ParameterizedTest
  @CsvSource({
    "bash, 'known-relays) | ticket new | --wait-consumers | backpressure grow spill drop skip'",
    "zsh, 'known-relays | ticket new | --wait-consumers | backpressure grow spill drop skip'",
    "fish, 'known-relays | ticket new | -l wait-consumers | backpressure grow spill drop skip'",
  })
  void knowsCommandsOptionsAndValues(String shell, String parts) {
    assertThat(script(shell)).contains(parts.replace(")", "").split(" \\| "));
  }

  @Test
  void quotesWhatHelpSaysForFish() {
    assertThat(script("fish")).contains("-d 'Speak the wire of the Rust crate hydra-sync instead");
    assertThat(script("fish").lines().filter(line -> line.startsWith("complete")))
        .allMatch(line -> line.replace("\\'", "").chars().filter(c -> c == '\'').count() % 2 == 0);
  }
}
