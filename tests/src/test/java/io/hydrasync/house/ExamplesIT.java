package io.hydrasync.house;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.examples.CrateExample;
import io.hydrasync.examples.OwnedSessionExample;
import io.hydrasync.examples.QuickExample;
import io.hydrasync.examples.SeveralRelaysExample;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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

  @Test
  void severalRelaysExample() {
    assertThat(output(() -> SeveralRelaysExample.main(new String[0])))
        .isEqualToIgnoringNewLines("beforeafter");
  }

  /** A message of 30 bytes in packets of 16. */
  @Test
  void crateExample() {
    assertThat(output(() -> CrateExample.main(new String[0])))
        .isEqualToIgnoringNewLines("two packets, as the relay cuts..");
  }

  private static String output(ThrowingCallable example) {
    PrintStream console = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    try {
      example.call();
    } catch (Throwable e) {
      throw new AssertionError("the example fails", e);
    } finally {
      System.setOut(console);
    }
    return printed.toString(UTF_8);
  }
}
