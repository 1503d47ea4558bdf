package io.hydrasync.cli.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ConsoleTest {
  private static final String CLEAR = "\r\033[K";

  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final Progress progress = new Progress(new Figures(), OptionalLong.empty());

  @Test
  void drawsOneLineBelowWhatItTells() {
    try (Console console = terminal(80)) {
      console.follow(progress);
      await("0 B  ");
      console.tell(Json.event("x"), "told");
      await("told\n0 B");
      assertThat(text()).contains("0 messages" + CLEAR + "told\n");
    }
    assertThat(text()).endsWith(CLEAR);
  }

  @Test
  void neverDrawsMoreThanTheTerminalIsWide() {
    try (Console console = terminal(10)) {
      console.follow(progress);
      await("0 B");
    }

    assertThat(text().split(CLEAR.replace("[", "\\["))).allMatch(line -> line.length() < 10);
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
            .setErr(new TerminalWriter(new PrintWriter(screen, true), () -> columns));
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
