package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.hydrasync.protocol.RelayKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownRelaysTest {
  private static final RelayKey A = RelayKey.of(new byte[RelayKey.LENGTH]);
  private static final RelayKey B = key(1);

  @TempDir private Path directory = Path.of("");
  private Path file = Path.of("");
  private KnownRelays relays = new KnownRelays(file);

  private static RelayKey key(int last) {
    byte[] bytes = new byte[RelayKey.LENGTH];
    bytes[bytes.length - 1] = (byte) last;
    return RelayKey.of(bytes);
  }

  @BeforeEach
  void inADirectoryThatIsNotThereYet() {
    file = directory.resolve("config").resolve("known");
    relays = new KnownRelays(file);
  }

  @Test
  void knowsNobodyAtFirst() {
    assertThat(relays.all()).isEmpty();
    assertThat(relays.find("a:1")).isEmpty();
    assertThat(relays.forget("a:1")).isFalse();
    assertThat(file).doesNotExist();
  }

  @Test
  void keepsTheFirstKeyOfARelay() {
    relays.pin("b:1", B);
    relays.pin("a:1", A);
    relays.pin("a:1", B);

    assertThat(relays.find("a:1")).contains(A);
    assertThat(relays.all()).containsExactly(entry("b:1", B), entry("a:1", A));
  }

  @Test
  void forgetsOneRelayAndLeavesAllElseAsItIs() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file, "# a:1 is the old one\na:1 " + A + "\n\nb:1 " + B + "\na:1   " + B + "\na:12 " + A);

    assertThat(relays.forget("a:1")).isTrue();

    assertThat(file).content().isEqualTo("# a:1 is the old one\n\nb:1 " + B + "\na:12 " + A + "\n");
    assertThat(relays.forget("a:1")).isFalse();
    assertThat(relays.all()).containsExactly(entry("b:1", B), entry("a:12", A));
  }

  @Test
  void leavesOutLinesThatHoldNoKey() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "a:1 nonsense\nb:1 " + B + " and more\nc:1 " + A + "\n");

    assertThat(relays.all()).containsExactly(entry("c:1", A));
  }
}
