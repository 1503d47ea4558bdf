package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.Session;
import io.hydrasync.protocol.wire.Control;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
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

  @Test
  void canBeChangedByManyThreadsAndUnderManyNames() throws Exception {
    Files.createDirectories(file.getParent());
    Path link = directory.resolve("link");
    Files.createSymbolicLink(link, file.getParent());
    KnownRelays other = new KnownRelays(link.resolve("known"));
    List<Worker<Void>> workers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int number = i;
      KnownRelays used = i % 2 == 0 ? relays : other;
      workers.add(
          Worker.start(
              () -> {
                used.pin("both:1", A);
                used.pin("host:" + number, B);
                used.pin("gone:" + number, B);
                assertThat(used.forget("gone:" + number)).isTrue();
                return null;
              }));
    }
    for (Worker<Void> worker : workers) {
      worker.get();
    }

    assertThat(relays.all()).hasSize(17).containsEntry("both:1", A).doesNotContainKey("gone:1");
    assertThat(Files.readAllLines(file)).hasSize(17);
  }

  @Test
  void waitsForWhoeverElseHasTheFileLocked() throws Exception {
    relays.pin("a:1", A);
    Worker<Void> pinning;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.lock();
      pinning =
          Worker.start(
              () -> {
                relays.pin("b:1", B);
                return null;
              });
      Worker.until("it waits", () -> pinning.thread().getState() == Thread.State.TIMED_WAITING);
      assertThat(Files.readAllLines(file)).hasSize(1);
    }
    pinning.get();

    assertThat(relays.all()).containsKeys("a:1", "b:1");
  }

  /** What a client makes of a file that cannot be used: a typed error, and nothing stays open. */
  @Test
  void refusesToConnectByAFileThatCannotBeUsed() throws Exception {
    Files.createDirectories(file); // a directory in its place
    assertThatThrownBy(() -> connect(file)).isInstanceOf(ConnectionException.class);
    Path below = directory.resolve("file").resolve("known");
    Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> connect(below)).isInstanceOf(ConnectionException.class);
  }

  @Test
  void refusesToConnectWhereTheRelaysLineHoldsNoKey() throws Exception {
    Files.createDirectories(file.getParent());
    try (FakeRelay relay = new FakeRelay()) {
      Files.writeString(
          file, relay.address().getHostString() + ":" + relay.address().getPort() + " nonsense\n");
      Worker<FakeRelay.Peer> accepting = Worker.start(relay::accept);
      assertThatThrownBy(() -> builder(relay, file).connect())
          .isInstanceOfSatisfying(
              AuthenticationException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH));
      assertThatThrownBy(accepting::get).as("no JOIN was sent").isInstanceOf(IOException.class);
    }
  }

  private static HydraConsumer.Builder builder(FakeRelay relay, Path known) {
    Session session = Session.generate();
    return HydraConsumer.builder(relay.address(), session.id(), session.key()).knownRelays(known);
  }

  private static HydraConsumer connect(Path known) throws Exception {
    try (FakeRelay relay = new FakeRelay()) {
      Worker<Void> accepting =
          Worker.start(
              () -> {
                FakeRelay.Peer peer = relay.accept();
                peer.send(new Control.Joined(0, 1 << 20, 0, 0, new byte[16], 30));
                assertThat(peer.isAtEnd()).isTrue();
                return null;
              });
      try {
        return builder(relay, known).connect();
      } finally {
        try {
          accepting.get();
        } catch (IOException e) {
          // the relay was refused before JOIN
        }
      }
    }
  }
}
