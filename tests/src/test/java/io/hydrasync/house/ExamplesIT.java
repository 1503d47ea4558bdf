package io.hydrasync.house;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.examples.OwnedSessionExample;
import io.hydrasync.examples.QuickExample;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** Each example, run as its user would, and what it prints. */
class ExamplesIT {
  @Test
  void quickExample() {
    assertThat(output(() -> QuickExample.main(new String[0]))).isEqualToIgnoringNewLines("hello");
  }

  @Test
  void ownedSessionExample() {
    assertThat(output(() -> OwnedSessionExample.main(new String[0])))
        .isEqualToIgnoringNewLines("1000 prices");
  }

  private static String output(Runnable example) {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      example.run();
    } finally {
      System.setOut(console);
    }
    return printed.toString(UTF_8);
  }
}
