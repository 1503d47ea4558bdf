package io.hydrasync.tests.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hydrasync.tests.support.ProgramRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a shell gives to {@code ./hydra}: descriptors, full disks, arguments, names of outputs. */
class ShellIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path directory;

  @BeforeEach
  void isBuilt() {
    assumeThat(ROOT.resolve("cli/target/lib")).as("mvn package").isDirectory();
  }

  /** A line of a shell in which $H is hydra; whatever it prints goes to one file. */
  private ProgramRun shell(String line) throws Exception {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line);
    builder.environment().put("H", ROOT.resolve("hydra").toString());
    builder.environment().put("HYDRA_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("XDG_CONFIG_HOME", directory.toString());
    return ProgramRun.of(builder.directory(directory.toFile()), directory.resolve("log"));
  }

  @Test
  void aDescriptorThatIsNeededAndClosedIsToldBeforeAnythingIsDone() throws Exception {
    for (String line :
        List.of(
            "\"$H\" send --relay localhost:1 --ticket-file t <&-",
            "\"$H\" send /dev/stdin --relay localhost:1 --ticket-file t <&- 3<&-",
            "\"$H\" send --relay localhost:1 --ticket-file t 0>w")) {
      ProgramRun outcome = shell(line);
      assertThat(outcome.output()).startsWith("hydra send: stdin is ").hasLineCount(1);
      assertThat(outcome.exitCode()).isEqualTo(2);
    }
    ProgramRun outcome = shell("\"$H\" key new owner key <&- >&-");
    assertThat(outcome.output()).isEqualTo("hydra key new: stdout is closed\n");
    assertThat(outcome.exitCode()).isEqualTo(2);
    assertThat(directory.resolve("key")).doesNotExist();
  }

  @Test
  void aResultThatCannotBeWrittenIsAFailure() throws Exception {
    assumeThat(Path.of("/dev/full")).exists();
    for (String command : List.of("--version", "ticket new --plain --relay localhost:1")) {
      ProgramRun outcome = shell("\"$H\" " + command + " >/dev/full");
      assertThat(outcome.output()).contains("cannot write to stdout: No space left on device");
      assertThat(outcome.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void namesAndArgumentsAreWhatTheCallerHasGivenWhateverTheLocale() throws Exception {
    ProgramRun made = shell("LC_ALL=C \"$H\" ticket new --plain --relay localhost:1 -o größe");
    assertThat(made.output()).isEmpty();
    assertThat(directory.resolve("größe")).exists();

    ProgramRun refused =
        shell("\"$H\" ticket new --plain --relay localhost:1 -o \"$(printf 'gr\\344')\"");
    assertThat(refused.output())
        .isEqualTo("hydra: argument 7 is no valid UTF-8, so that nothing is done\n");
    assertThat(refused.exitCode()).isEqualTo(2);
  }

  @Test
  void aLinkStaysAndADeviceIsNotReplaced() throws Exception {
    Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
    String ticket = "\"$H\" ticket new --plain --relay localhost:1 -o ";

    assertThat(shell(ticket + "link").exitCode()).isZero();
    ProgramRun stdout = shell(ticket + "- && " + ticket + "/dev/stdout");

    assertThat(directory.resolve("link")).isSymbolicLink();
    assertThat(directory.resolve("target")).isRegularFile();
    assertThat(stdout.output()).startsWith("hydra://localhost:1/").hasLineCount(2);
    assertThat(directory.resolve("-")).doesNotExist();
  }
}
