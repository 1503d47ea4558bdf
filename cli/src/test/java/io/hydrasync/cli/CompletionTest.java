package io.hydrasync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionTest {
  @TempDir private Path directory = Path.of("");

  @Test
  void completesCommandsAndOptionsInBash() throws IOException, InterruptedException {
    assertThat(complete("bash", "hydra kn")).isEqualTo("known-relays");
    assertThat(complete("bash", "hydra ticket s")).isEqualTo("show");
    assertThat(complete("bash", "hydra send --wait")).isEqualTo("--wait-consumers --wait-timeout");
  }

  @Test
  void lendsZshTheScriptOfBash() {
    Cli cli = Cli.run("completion", "zsh");

    assertThat(cli.code()).isZero();
    assertThat(cli.out()).startsWith("autoload -U +X bashcompinit && bashcompinit\n");
    assertThat(cli.out()).endsWith(Cli.run("completion", "bash").out());
  }

  /** What bash would put in the place of the last word. */
  private String complete(String shell, String line) throws IOException, InterruptedException {
    boolean required = Boolean.parseBoolean(System.getenv("HYDRA_REQUIRE_TOOLS"));
    assumeTrue(required || Files.isExecutable(Path.of("/bin/bash")), "no bash");
    Path script = directory.resolve("completion");
    Files.writeString(script, Cli.run("completion", shell).out());
    String ask =
        "compopt() { :; }; . \"$1\"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
            + " COMP_LINE=$2; _complete_hydra; echo \"${COMPREPLY[@]}\"";
    Process bash =
        new ProcessBuilder("/bin/bash", "-c", ask, "bash", script.toString(), line)
            .redirectErrorStream(true)
            .start();
    String answer = new String(bash.getInputStream().readAllBytes()).strip();
    assertThat(bash.waitFor()).as(answer).isZero();
    return answer;
  }
}
