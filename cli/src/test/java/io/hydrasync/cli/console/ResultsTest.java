package io.hydrasync.cli.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.cli.HydraProcess;
import io.hydrasync.cli.Main;
import io.hydrasync.cli.exit.ExitCode;
import io.hydrasync.cli.file.StandardStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultsTest {
  /** As a disk that is full, or a pipe that nobody reads. */
  private static Results failing(String reason) {
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(reason);
          }
        };
    return Results.over(out, StandardStream.STDOUT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "help recv",
        "recv --help",
        "completion bash",
        "ticket new --plain --relay relay.example:1",
        "admin new-credential producer",
        "known-relays list --known-relays /dev/null --help",
        "relay --print-config",
        "relay --check-config",
        "demo --seconds 0"
      })
  void aCommandWhoseResultIsLostFailsAndSaysSo(String line) {
    StringWriter err = new StringWriter();

    int code =
        Main.run(failing("No space left on device"), new PrintWriter(err, true), line.split(" "));

    assertThat(code).isEqualTo(ExitCode.OTHER);
    assertThat(err.toString()).contains("cannot write to stdout: No space left on device");
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void aSecretThatIsLostIsToldToBeLost() {
    StringWriter err = new StringWriter();

    Main.run(
        failing("No space left on device"),
        new PrintWriter(err, true),
        "admin",
        "new-credential",
        "producer");

    assertThat(err.toString())
        .contains("the credential is lost")
        .doesNotContainPattern("[0-9a-f]{64}");
  }

  @Test
  void aReaderThatHasEnoughIsNoFailure() {
    StringWriter err = new StringWriter();

    int code = Main.run(failing("Broken pipe"), new PrintWriter(err, true), "completion", "bash");

    assertThat(code).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void tellsAFailureOnce() {
    Results out = failing("Input/output error");
    out.println("x");

    assertThatThrownBy(() -> Results.check(out, "; why"))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot write to stdout: Input/output error; why");
    assertThatCode(() -> Results.check(out, "")).doesNotThrowAnyException();
  }

  /** Scripts that put a class path together from parts name a jar twice now and then. */
  @Test
  void whatIsOnTheClassPathTwiceDisturbsNobody() throws Exception {
    ProcessBuilder builder = HydraProcess.builder("--version");
    int classPath = builder.command().indexOf("-cp") + 1;
    String once = builder.command().get(classPath);
    builder.command().set(classPath, once + File.pathSeparator + once);

    Process hydra = builder.redirectErrorStream(true).start();

    assertThat(new String(hydra.getInputStream().readAllBytes(), UTF_8)).startsWith("hydra ");
    assertThat(hydra.waitFor()).isZero();
  }
}
