package io.hydrasync.bench.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How messages look in the peers' protocols, and which relays are measured. */
class PeerWiresTest {
  private static final InetSocketAddress NOWHERE = Brokers.loopback(1);

  @Test
  void mqttHasItsLengthInGroupsOfSevenBits() {
    // 321 is 65 + 2 × 128, the specification's example: 3 bytes of topic and 318 of message
    Traffic.Layout layout = new PeerWires.Mqtt(NOWHERE).layout(0, 318);

    assertThat(layout.sentPrefix()).containsExactly(0x30, 0xC1, 0x02, 0, 1, 's');
    assertThat(layout.receivedPrefix()).isEqualTo(layout.sentPrefix());
    assertThat(layout.sentSeq()).isEqualTo(6);
    assertThat(layout.sentBytes()).isEqualTo(1 + 2 + 321);
  }

  @Test
  void sessionsHaveSubjectsOfTheirOwn() {
    assertThat(new PeerWires.Nats(NOWHERE).layout(12, 5).receivedPrefix())
        .isEqualTo("MSG s12 1 5\r\n".getBytes(US_ASCII));
    assertThat(new PeerWires.Redis(NOWHERE).layout(12, 5).receivedPrefix())
        .isEqualTo("*3\r\n$7\r\nmessage\r\n$3\r\ns12\r\n$5\r\n".getBytes(US_ASCII));
    assertThat(new PeerWires.Mqtt(NOWHERE).layout(12, 5).sentPrefix())
        .containsExactly(0x30, 10, 0, 3, 's', '1', '2');
  }

  @Test
  void severalCheckoutsOfOursHaveNames(@TempDir Path directory) throws IOException {
    Subjects subjects =
        Subjects.find(directory, "before=/a/hydra:gc=env HYDRA_JAVA_OPTS=-XX:+UseZGC /b/hydra", "");

    assertThat(ours(subjects)).containsExactly("hydra-sync before", "hydra-sync gc");
    assertThat(ours(subjects.only(List.of("GC", "nats")))).containsExactly("hydra-sync gc");
    assertThat(ours(Subjects.find(directory, "/a=b/hydra", ""))).containsExactly("hydra-sync");
  }

  private static List<String> ours(Subjects subjects) {
    return subjects.all().stream()
        .filter(Subjects.Subject::isOurs)
        .map(Subjects.Subject::name)
        .toList();
  }
}
