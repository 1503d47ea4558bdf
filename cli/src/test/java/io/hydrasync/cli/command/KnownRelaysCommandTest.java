package io.hydrasync.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.cli.Cli;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnownRelaysCommandTest {
  @TempDir private Path directory = Path.of("");

  private Cli known(String... args) {
    String file = directory.resolve("known").toString();
    String[] all = Cli.join(new String[] {"known-relays"}, args);
    return Cli.run(Cli.join(all, "--known-relays", file));
  }

  /** One in 64 begins with a dash. */
  @ParameterizedTest
  @ValueSource(strings = {"-A", "-h", "-V", "-v", "-o", "--", "--help", "--known-relays", "-known"})
  void pinsAKeyThatLooksLikeAnOption(String beginning) {
    String key = beginning + "A".repeat(43 - beginning.length());

    assertThat(known("pin", "relay.example:1", key)).isEqualTo(new Cli(0, "", ""));

    assertThat(known("list").out()).contains("relay.example:1 " + key);
  }

  @Test
  void showsBothKeysOfARelayThatChangesIts() {
    String both = "-" + "A".repeat(42) + "," + "A".repeat(42) + "E";
    assertThat(known("pin", "relay.example:1", both)).isEqualTo(new Cli(0, "", ""));

    assertThat(known("list").out()).isEqualTo("relay.example:1 " + both + System.lineSeparator());
    assertThat(known("pin", "relay.example:1", both + "," + "A".repeat(43)).code()).isEqualTo(2);
    assertThat(known("pin", "relay.example:1", "A".repeat(43) + "," + "A".repeat(43)).code())
        .isEqualTo(2);
  }

  @Test
  void refusesWhatIsNoKeyAndNoOption() {
    for (String wrong : new String[] {"-x", "--known-rel=x", "AAAA"}) {
      Cli refused = known("pin", "relay.example:1", wrong);
      assertThat(refused.code()).as(wrong).isEqualTo(2);
      assertThat(refused.err()).isNotEmpty();
    }
    assertThat(known("pin", "relay.example:1").code()).isEqualTo(2);
    assertThat(known("pin", "--help").out()).contains("known-relays pin");
  }
}
