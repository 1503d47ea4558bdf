package io.hydrasync.tests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.examples.QuickExample;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class QuickExampleIT {
  @Test
  void deliversWhatWasBroadcastBeforeTheConsumerCame() {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      QuickExample.main(new String[0]);
    } finally {
      System.setOut(console);
    }

    assertThat(printed.toString(UTF_8)).isEqualToIgnoringNewLines("hello");
  }
}
