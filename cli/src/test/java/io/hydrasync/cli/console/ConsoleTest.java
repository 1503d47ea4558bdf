package io.hydrasync.cli.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.cli.process.WindowSize;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ConsoleTest {
  private static final String CLEAR = "\r\033[J";

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final Progress progress = new Progress(new Figures(), OptionalLong.empty());

  @Test
  void drawsOneLineBelowWhatItTells() {
    try (Console console = terminal(80)) {
      console.follow(progress);
      await("0 B  ");
      console.tell(Json.event("x"), "told");
      await("told\n\033[?7l0 B");
      assertThat(text()).contains("0 messages\033[?7h\r" + CLEAR + "told\n");
    }
    assertThat(text()).endsWith(CLEAR);
  }

  @Test
  void neverDrawsMoreThanTheTerminalIsWide() {
    try (Console console = terminal(20)) {
      console.follow(progress);
      await("0 B");
    }

    assertThat(text().replaceAll("\033\\[[?0-9]*[a-zA-Z]", "").split("\r"))
        .allMatch(line -> line.length() < 20);
  }

  @Test
  void showsNoProgressWhereNobodyLooks() {
    CommandLine command = Main.commandLine("send").setErr(new PrintWriter(screen, true));

    try (Console console = new Console(command, new OutputOptions())) {
      console.follow(progress);
      console.summary(progress, "sent", false);
    }

    assertThat(text()).isEmpty();
  }

  private Console terminal(int columns) {
    CommandLine command =
        Main.commandLine("send")
            .setErr(
                new TerminalWriter(
                    new PrintWriter(screen, true),
                    WindowSize.of(() -> new WindowSize.Size(columns, 24))));
    return new Console(command, new OutputOptions());
  }

  private String text() {
    return screen.toString(UTF_8);
  }

  private void await(String expected) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!text().contains(expected)) {
      assertThat(System.nanoTime() - deadline).as(text()).isNegative();
      Thread.onSpinWait();
    }
  }
}
