package io.hydrasync.cli.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Main;
import io.hydrasync.cli.console.Console;
import io.hydrasync.cli.console.OutputOptions;
import io.hydrasync.client.Unread;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ProducerWatchTest {
  private final StringWriter err = new StringWriter();
  private final CommandLine command =
      Main.commandLine("send").getSubcommands().get("send").setErr(new PrintWriter(err));
  private final ProducerWatch watch =
      new ProducerWatch(
          command, new Console(command, new OutputOptions()), () -> ProducerWatch.Ending.END);

  @Test
  void saysOnceThatNobodyTakesWhatIsSent() {
    watch.unread(new Unread(16, 16));
    watch.unread(new Unread(32, 32));

    assertThat(err)
        .hasToString(
            "hydra send: nobody has taken the first 16 frames of this stream, and the relay has let"
                + " go of them\n");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, the first frame of this stream",
    "1, 9, 1 frame of this stream",
    "7, 9, 7 frames of this stream"
  })
  void countsThem(long frames, long oldest, String words) {
    watch.unread(new Unread(frames, oldest));

    assertThat(err.toString()).contains("nobody has taken " + words + ", and the relay");
  }
}
