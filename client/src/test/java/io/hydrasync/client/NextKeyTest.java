package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.RelayKey.RelayKeys;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.Control;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.protocol.wire.control.JoinedMessage;
import io.hydrasync.protocol.wire.control.NextKeyMessage;
import io.hydrasync.protocol.wire.control.PongMessage;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients of a relay whose key is being changed. */
@Timeout(60)
class NextKeyTest {
  private static final SessionSecrets SESSION = SessionSecrets.generate();

  private final List<AutoCloseable> open = new ArrayList<>();
  private final KnownRelays known = KnownRelays.inMemory();
  private FakeRelay relay;
  private FakeRelay old;
  private FakeRelay next;
  private RelayKey first;
  private RelayKey second;

  @BeforeEach
  void aRelayAndTwoKeys() throws IOException {
    relay = opened(new FakeRelay());
    next = opened(new FakeRelay());
    old = opened(new FakeRelay(relay));
    first = relay.relayKey();
    second = next.relayKey();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.add(0, what);
    return what;
  }

  private FakeRelay.Peer joined(FakeRelay at) throws Exception {
    FakeRelay.Peer peer = opened(at.accept());
    byte[] noToken = new byte[JoinMessage.RESUME_LENGTH];
    peer.send(new JoinedMessage(0, Frames.MAX_LEN, 0, 0, noToken, 30));
    return peer;
  }

  private FakeRelay.Peer joined(RelayKey named) throws Exception {
    FakeRelay.Peer peer = joined(relay);
    peer.send(new NextKeyMessage(named));
    return peer;
  }

  private HydraConsumer.Builder consumer() {
    return HydraConsumer.builder(relay.where(), SESSION);
  }

  private Worker<ByteBuffer> receiving(HydraConsumer.Builder builder) {
    return Worker.start(
        () -> {
          try (HydraConsumer consumer = opened(builder.connect())) {
            return consumer.receive();
          }
        });
  }

  /** Breaks a connection in a way that shows that all before has been read. */
  private static void damage(FakeRelay.Peer peer) throws IOException {
    peer.raw(new byte[Frames.LEN_BYTES]);
    assertThat(peer.isAtEnd()).isTrue();
    peer.close();
  }

  private Optional<RelayKeys> remembered() {
    return known.keys(KnownRelays.nameOf(relay.where()));
  }

  private void refused() {
    assertThatThrownBy(() -> relay.accept()).as("no JOIN").isInstanceOf(EOFException.class);
  }

  private static void isMismatch(Throwable problem) {
    assertThat(problem)
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.RELAY_KEY_MISMATCH));
  }

  // ---- trust on first use ----

  @Test
  void whoTrustedOnFirstUseFollowsAndDropsTheOldKey() throws Exception {
    visit(new NextKeyMessage(second));
    assertThat(remembered()).contains(RelayKeys.of(first, second));

    relay.rekey(next);
    visit(new NextKeyMessage(first)); // other relays have it still
    assertThat(remembered()).contains(RelayKeys.of(second, first));
    relay.rekey(old);
    visit(new NextKeyMessage(second));
    assertThat(remembered()).contains(RelayKeys.of(first, second));

    relay.rekey(next);
    visit(new PongMessage(0)); // and no NEXT_KEY before it
    assertThat(remembered()).as("retired").contains(RelayKeys.of(second));
    relay.rekey(old);
    Worker<HydraConsumer> consuming = Worker.start(consumer().knownRelays(known)::connect);
    refused();
    assertThatThrownBy(consuming::get).satisfies(NextKeyTest::isMismatch);
  }

  /** A client comes, is told something behind JOINED, and goes. */
  private void visit(Control message) throws Exception {
    Worker<HydraConsumer> consuming = Worker.start(consumer().knownRelays(known)::connect);
    FakeRelay.Peer peer = joined(relay);
    peer.send(message);
    try (HydraConsumer consumer = consuming.get()) {
      Worker.start(consumer::receive);
      damage(peer);
    }
  }

  @Test
  void aKeyThatNobodyHasNamedIsRefused() throws Exception {
    Worker<ByteBuffer> receiving = receiving(consumer().knownRelays(known));
    FakeRelay.Peer peer = joined(relay);
    relay.rekey(next);
    damage(peer);
    refused();

    assertThatThrownBy(receiving::get).satisfies(NextKeyTest::isMismatch);
    assertThat(remembered()).contains(RelayKeys.of(first));
  }

  @Test
  void aRelayedFrameBehindJoinedSaysThatThereIsNoOtherKey() throws Exception {
    known.replace(KnownRelays.nameOf(relay.where()), RelayKeys.of(first, second));
    receiving(consumer().knownRelays(known));
    FakeRelay.Peer peer = joined(relay);
    byte[] frame = new byte[Frames.PREFIX + 40];
    Frames.putU32(frame, 0, frame.length - Frames.LEN_BYTES);
    frame[Frames.TYPE_OFFSET] = Frames.DATA;
    peer.raw(frame);
    assertThat(peer.isAtEnd()).isTrue();

    assertThat(remembered()).contains(RelayKeys.of(first));
  }

  @Test
  void theKeyOfTheConnectionTakesTheOtherOneBack() throws Exception {
    receiving(consumer().knownRelays(known));
    FakeRelay.Peer peer = joined(second);
    peer.send(new NextKeyMessage(first));
    damage(peer);

    assertThat(remembered()).contains(RelayKeys.of(first));
    joined(relay);
  }

  @Test
  void whatOneRelaySaysIsSoForAllThatWereGivenWithIt() throws Exception {
    FakeRelay other = opened(new FakeRelay(relay));
    FakeRelay stranger = opened(new FakeRelay());
    known.pin(KnownRelays.nameOf(other.where()), first);
    known.pin(KnownRelays.nameOf(stranger.where()), first);
    Worker<HydraConsumer> consuming =
        Worker.start(
            HydraConsumer.builder(List.of(relay.where(), other.where()), SESSION).knownRelays(known)
                ::connect);
    FakeRelay.Peer peer = joined(second);
    HydraConsumer consumer = opened(consuming.get());
    Worker.start(consumer::receive);
    damage(peer);

    assertThat(remembered()).contains(RelayKeys.of(first, second));
    assertThat(known.keys(KnownRelays.nameOf(other.where()))).contains(RelayKeys.of(first, second));
    assertThat(known.keys(KnownRelays.nameOf(stranger.where()))).contains(RelayKeys.of(first));
    relay.close();
    other.rekey(next);
    joined(other);
  }

  @Test
  void aFileThatMayOnlyBeReadWillDoForAClientThatLives(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("known");
    KnownRelays kept = new KnownRelays(file);
    kept.pin(KnownRelays.nameOf(relay.where()), first);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
    boolean bound = !Files.isWritable(file); // but for root
    try {
      receiving(consumer().knownRelays(kept));
      damage(joined(second));
      relay.rekey(next);
      damage(joined(relay));
      assertThat(bound && kept.keys(KnownRelays.nameOf(relay.where())).orElseThrow().has(second))
          .isFalse();
    } finally {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
  }

  // ---- keys that were given ----

  @Test
  void whoWasGivenAKeyFollowsInMemory() throws Exception {
    Worker<HydraProducer> producing =
        Worker.start(
            HydraProducer.builder(relay.where(), SESSION).relayKey(first).knownRelays(known)
                ::connect);
    FakeRelay.Peer peer = joined(second);
    opened(producing.get()::abort);
    damage(peer);
    relay.rekey(next);
    joined(relay);

    assertThat(known.all()).isEmpty();
  }

  @Test
  void aTicketOfTwoKeysTakesEitherAndForgetsTheOneThatWasRetired() throws Exception {
    Ticket ticket = SESSION.ticket(relay.where(), first).withRelayKeys(RelayKeys.of(first, second));
    relay.rekey(next);
    Worker<ByteBuffer> receiving = receiving(HydraConsumer.builder(ticket));
    FakeRelay.Peer peer = joined(relay);
    peer.send(new PongMessage(0));
    damage(peer);
    relay.rekey(old);
    refused();
    assertThatThrownBy(receiving::get)
        .satisfies(NextKeyTest::isMismatch)
        .hasMessageContaining("expected " + second);

    receiving(HydraConsumer.builder(ticket)); // whoever begins knows what the ticket says
    joined(relay);
  }

  // ---- hostile relays ----

  @Test
  void beforeJoinedItIsDamage() throws Exception {
    Worker<HydraConsumer> consuming = Worker.start(consumer().knownRelays(known)::connect);
    opened(relay.accept()).send(new NextKeyMessage(second));

    assertThatThrownBy(consuming::get)
        .isInstanceOfSatisfying(
            AuthenticationException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT));
    assertThat(remembered()).isEmpty();
  }

  @Test
  void cutShortItIsDamageAndLongerItIsRead() throws Exception {
    for (int length : new int[] {0, 1, RelayKey.LENGTH - 1}) {
      FakeRelay here = opened(new FakeRelay(relay));
      receiving(HydraConsumer.builder(here.where(), SESSION).knownRelays(known));
      FakeRelay.Peer peer = joined(here);
      peer.raw(peer.record(inner(length)));
      assertThat(peer.isAtEnd()).isTrue();
      assertThat(known.keys(KnownRelays.nameOf(here.where()))).contains(RelayKeys.of(first));
      joined(here);
    }
    receiving(consumer().knownRelays(known));
    FakeRelay.Peer peer = joined(relay);
    peer.raw(peer.record(inner(RelayKey.LENGTH + 9)));
    damage(peer);
    assertThat(remembered()).contains(RelayKeys.of(first, RelayKey.of(new byte[RelayKey.LENGTH])));
  }

  private static byte[] inner(int length) {
    byte[] inner = new byte[Frames.PREFIX + length];
    Frames.putU32(inner, 0, 1 + length);
    inner[Frames.TYPE_OFFSET] = (byte) NextKeyMessage.TYPE;
    return inner;
  }

  @Test
  void tenThousandOfThemChangeSixteenThings() throws Exception {
    receiving(consumer().knownRelays(known).heartbeat(Duration.ofSeconds(15)));
    FakeRelay.Peer peer = joined(relay);
    for (int i = 1; i <= 10_000; i++) {
      peer.send(new NextKeyMessage(numbered(i)));
      peer.send(new NextKeyMessage(numbered(i))); // no news
    }
    damage(peer);

    assertThat(remembered()).contains(RelayKeys.of(first, numbered(16)));
  }

  private static RelayKey numbered(int number) {
    return RelayKey.of(ByteBuffer.allocate(RelayKey.LENGTH).putInt(number).array());
  }
}
