package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.hydrasync.client.internal.files.PinFile;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    relays.pin("a:1", A);
    assertThatThrownBy(() -> relays.pin("a:1", B))
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH))
        .hasMessageContainingAll("a:1", A.toString(), B.toString());

    assertThat(relays.find("a:1")).contains(A);
    assertThat(relays.all()).containsExactly(entry("b:1", B), entry("a:1", A));
  }

  @Test
  void forgetsOneRelayAndLeavesAllElseAsItIs() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "# a:1 is the old one\na:1 " + A + "\n\nb:1 " + B + "\r\n\ta:1   " + A + " \na:12 " + A);

    assertThat(relays.forget("a:1")).isTrue();

    assertThat(file).content().isEqualTo("# a:1 is the old one\n\nb:1 " + B + "\r\na:12 " + A);
    assertThat(relays.forget("a:1")).isFalse();
    assertThat(relays.all()).containsExactly(entry("b:1", B), entry("a:12", A));
  }

  @Test
  void replacesAKeyInOneStep() {
    relays.pin("a:1", A);
    relays.replace("a:1", B);
    relays.replace("b:1", A);

    assertThat(relays.all()).containsExactly(entry("a:1", B), entry("b:1", A));
  }

  @Test
  void aLastLineWithoutItsEndStaysALine() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "a:1 " + A);

    relays.pin("b:1", B);

    assertThat(file).content().isEqualTo("a:1 " + A + "\nb:1 " + B + "\n");
    assertThat(relays.all()).containsExactly(entry("a:1", A), entry("b:1", B));
  }

  /** Two lines that have run into one, and other things that would be pins lost in silence. */
  static Stream<String> malformed() {
    return Stream.of(
        "b:1 " + B + "c:1 " + B,
        "b:1 nonsense",
        "b:1",
        "b:1 " + B + " and more",
        B.toString(),
        "a:1 " + B,
        "b:1\u00a0" + B,
        "b\u0000:1 " + B,
        "b\u202e:1 " + B,
        "b:1 " + B + "=",
        "b".repeat(PinFile.MAX_NAME + 1) + " " + B,
        "# " + "x".repeat(3_000),
        "x".repeat(1 << 20));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesAFileWithALineThatIsNoPinAndNamesIt(String line) throws IOException {
    Files.createDirectories(file.getParent());
    String content = "# mine\na:1 " + A + "\n" + line + "\nz:1 " + B;
    Files.writeString(file, content);

    for (ThrowingCallable use :
        List.<ThrowingCallable>of(
            relays::all,
            () -> relays.find("a:1"),
            () -> relays.pin("new:1", A),
            () -> relays.replace("a:1", B),
            () -> relays.forget("a:1"))) {
      assertThatThrownBy(use)
          .isInstanceOfSatisfying(
              AuthenticationException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH))
          .hasMessageContaining(file + ", line 3: ")
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600));
    }
    assertThat(file).content().isEqualTo(content);
  }

  @Test
  void readsWhatEditorsWriteAndWritesUtf8() throws IOException {
    Files.createDirectories(file.getParent());
    String text = "# \u00fc\r\none:1 " + A + "\r\ntwo:2 " + B;
    for (byte[] bytes :
        List.of(
            ("\uFEFF" + text).getBytes(StandardCharsets.UTF_8),
            text.getBytes(StandardCharsets.UTF_16))) {
      Files.write(file, bytes);

      assertThat(relays.all()).containsExactly(entry("one:1", A), entry("two:2", B));
      relays.pin("three:3", A);

      assertThat(Files.readString(file)).isEqualTo(text + "\nthree:3 " + A + "\n");
    }
  }

  @Test
  void refusesWhatIsNotUtf8AndFilesThatAreTooLarge() throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[] {'b', (byte) 0xFF, ':', '1'});
    assertThatThrownBy(relays::all).hasMessageContaining("line 1: not UTF-8");
    Files.writeString(file, "\n".repeat(PinFile.MAX_BYTES + 1));
    assertThatThrownBy(relays::all)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("more than");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1:4370", "fe80::1%eth0:1", "bücher.example:1", "[::1]:1", "東京:1"})
  void takesAnyNameThatCanBeSeen(String name) {
    relays.pin(name, A);
    relays.pin("other:1", B);
    assertThat(relays.find(name)).contains(A);
    assertThat(relays.forget(name)).isTrue();
    assertThat(relays.all()).containsExactly(entry("other:1", B));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "#a:1",
        "a b:1",
        "a\n:1",
        "a\u0000:1",
        "\ud800:1",
        "a\u200b:1",
        "a\u2028:1"
      })
  void refusesNamesThatWouldNotComeBack(String name) {
    assertThatThrownBy(() -> relays.pin(name, A)).isInstanceOf(IllegalArgumentException.class);
    assertThat(relays.find(name)).isEmpty();
    assertThat(relays.forget(name)).isFalse();
  }

  /** The whole of what a connect does with a file that may only be read. */
  @Test
  void aFileThatMayOnlyBeReadWillDoForARelayThatIsInIt() throws Exception {
    try (FakeRelay relay = new FakeRelay()) {
      connectTo(relay, file).close();
      Path lock = file.resolveSibling("known.lock");
      Files.delete(lock);
      connectTo(relay, file).close();
      assertThat(lock).as("nothing was to be written").doesNotExist();
      makeReadOnly();
      try {
        connectTo(relay, file).close();
        try (FakeRelay other = new FakeRelay()) {
          assertThatThrownBy(() -> connectTo(other, file))
              .isInstanceOf(ConnectionException.class)
              .hasMessageContaining("cannot write the known relays in " + file);
        }
      } finally {
        makeWritable();
      }
      assertThat(relays.all()).hasSize(1);
    }
  }

  private void makeReadOnly() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("r-x------"));
    Assumptions.assumeFalse(
        Files.isWritable(file), "who runs this may write anything (root), so nothing is read-only");
  }

  private void makeWritable() throws IOException {
    Files.setPosixFilePermissions(file.getParent(), PosixFilePermissions.fromString("rwx------"));
  }

  /** Between the look and the pinning somebody else pins another key: nothing stays open. */
  @Test
  void refusesARelayThatSomebodyElseHasPinnedOtherwiseMeanwhile() throws Exception {
    try (FakeRelay relay = new FakeRelay()) {
      String name = relay.address().getHostString() + ":" + relay.address().getPort();
      Worker<Void> accepting =
          Worker.start(
              () -> {
                FakeRelay.Peer peer = relay.accept();
                relays.pin(name, B);
                peer.send(new JoinedMessage(0, 1 << 20, 0, 0, new byte[16], 30));
                assertThat(peer.isAtEnd()).isTrue();
                return null;
              });
      assertThatThrownBy(() -> builder(relay, file).connect())
          .isInstanceOfSatisfying(
              AuthenticationException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH));
      accepting.get();
    }
    assertThat(relays.all()).containsValue(B);
  }

  @Test
  void remembersInMemoryWhereThereIsNoFile() throws Exception {
    KnownRelays memory = KnownRelays.inMemory();
    try (FakeRelay first = new FakeRelay();
        HydraConsumer consumer = connectTo(first, memory)) {
      String name = first.address().getHostString() + ":" + first.address().getPort();
      assertThat(memory.all()).containsExactly(entry(name, consumer.relayKey()));
      memory.replace(name, B);

      assertThatThrownBy(() -> connectTo(first, memory).close())
          .isInstanceOfSatisfying(
              AuthenticationException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH));
    }
    assertThat(memory.forget("nobody:1")).isFalse();
    assertThatThrownBy(() -> memory.pin("a b:1", A)).isInstanceOf(IllegalArgumentException.class);
    try (var files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
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
    return builder(relay, new KnownRelays(known));
  }

  private static HydraConsumer.Builder builder(FakeRelay relay, KnownRelays known) {
    SessionSecrets session = SessionSecrets.generate();
    return HydraConsumer.builder(relay.address(), session).knownRelays(known);
  }

  private static HydraConsumer connect(Path known) throws Exception {
    try (FakeRelay relay = new FakeRelay()) {
      return connectTo(relay, known);
    }
  }

  private static HydraConsumer connectTo(FakeRelay relay, Path known) throws Exception {
    return connectTo(relay, new KnownRelays(known));
  }

  private static HydraConsumer connectTo(FakeRelay relay, KnownRelays known) throws Exception {
    Worker<Void> accepting =
        Worker.start(
            () -> {
              FakeRelay.Peer peer = relay.accept();
              peer.send(new JoinedMessage(0, 1 << 20, 0, 0, new byte[16], 30));
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

  // ---- two keys ----

  private static final RelayKey C = key(2);

  @Test
  void aLineMayHaveTwoKeysOfWhichEitherWillDo() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "a:1 " + A + "," + B + "\n# kept\nb:1 " + C + "\n");

    assertThat(relays.keys("a:1")).contains(RelayKeys.of(A, B));
    assertThat(relays.find("a:1")).contains(A);
    assertThat(relays.all()).containsExactly(entry("a:1", A), entry("b:1", C));
    relays.pin("a:1", A);
    relays.pin("a:1", B);
    assertThatThrownBy(() -> relays.pin("a:1", C))
        .hasMessageContainingAll(C.toString(), A + " or " + B);
    relays.replace("a:1", RelayKeys.of(B));
    relays.replace("b:1", RelayKeys.of(C, A));
    assertThat(file).content().isEqualTo("# kept\na:1 " + B + "\nb:1 " + C + "," + A + "\n");
  }

  @Test
  void followsWhoHasShownAKeyThatIsKnownInItsPlace() throws IOException {
    Files.createDirectories(file.getParent());
    String before = "# one\na:1 " + A + "\r\nb:1 " + C + "\n";
    Files.writeString(file, before);

    relays.follow("a:1", RelayKeys.of(B, A));
    relays.follow("b:1", RelayKeys.of(A, B));
    relays.follow("nobody:1", RelayKeys.of(A));
    assertThat(file).as("nothing is known by the key that was shown").content().isEqualTo(before);
    relays.follow("a:1", RelayKeys.of(A, B));
    String both = "# one\na:1 " + A + "," + B + "\nb:1 " + C + "\n";
    assertThat(file).content().isEqualTo(both);
    relays.follow("a:1", RelayKeys.of(B, A));
    relays.follow("a:1", RelayKeys.of(B));
    assertThat(new KnownRelays(file).allKeys())
        .containsExactly(entry("a:1", RelayKeys.of(B)), entry("b:1", RelayKeys.of(C)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"A,A", "A,", ",A", "A,B,C", "A B"})
  void refusesAFileWithAnythingElse(String keys) throws IOException {
    Files.createDirectories(file.getParent());
    String text =
        keys.replace("A", A.toString()).replace("B", B.toString()).replace("C", C.toString());
    Files.writeString(file, "a:1 " + text + "\n");

    assertThatThrownBy(() -> relays.keys("a:1")).hasMessageContaining("line 1");
  }
}
