package io.hydrasync.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A moment of {@link Soak}; {@code tests/bin/soak} takes its time, and looks at what grows. */
class SoakIT {
  @Test
  void sessionsThatComeAndGoOverABadNetworkAreWholeAndForgotten() throws Exception {
    Soak.Result result = Soak.run(Duration.ofSeconds(3), 7);

    assertThat(result.text()).contains("messages delivered"); // three seconds show no slope
  }
}
