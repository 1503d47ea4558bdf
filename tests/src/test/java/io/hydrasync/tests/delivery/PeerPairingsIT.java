package io.hydrasync.tests.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraConsumer.Start;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.GapException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.StreamTruncatedException;
import io.hydrasync.tests.peer.HydraPeer;
import io.hydrasync.tests.peer.HydraPeer.Relay;
import io.hydrasync.tests.peer.HydraPeer.Whose;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a stream does that is not all there: it begins late, goes on under new keys, stops without
 * its end, is made good after a relay has lost everything. Our relay and the peer's, each with our
 * clients and the peer's, which was written from the specification alone. Skipped without Python
 * and its package {@code cryptography}.
 */
@Timeout(120)
@Tag("foreign")
public class PeerPairingsIT {
  private static final int SIZE = 100;

  /** Exit codes of the peer's consumer. */
  private static final int MISSING = 3;

  private static final int TRUNCATED = 4;
  private static final int DOES_NOT_VERIFY = 5;

  @TempDir Path directory;

  @BeforeAll
  static void findPython() {
    PythonPeer.assumeInstalled();
  }

  private static HydraConsumer consume(Relay relay, SessionSecrets session, Start start) {
    return HydraConsumer.builder(relay.address(), session)
        .relayKey(relay.key())
        .start(start)
        .connect();
  }

  private static PeerProcess theirConsumer(Relay relay, SessionSecrets session, String... more)
      throws Exception {
    List<String> options = new ArrayList<>(List.of("--verify-size", "" + SIZE));
    options.addAll(List.of(more));
    PeerProcess consumer = HydraPeer.consume(relay, session, options.toArray(new String[0]));
    consumer.awaitAfter("\"joined\"");
    return consumer;
  }

  private static PeerProcess theirProducer(Relay relay, SessionSecrets session, String... more)
      throws Exception {
    List<String> options = new ArrayList<>(List.of("--size", "" + SIZE));
    options.addAll(List.of(more));
    return HydraPeer.produce(relay, session, options.toArray(new String[0]));
  }

  private static void assertReceives(HydraConsumer consumer, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      assertThat(Fixture.bytes(consumer.receive())).isEqualTo(HydraPeer.message(i, SIZE));
    }
  }

  private static void assertMissing(HydraConsumer consumer, int from, int to) {
    assertThatExceptionOfType(GapException.class)
        .isThrownBy(consumer::receive)
        .satisfies(gap -> assertThat(gap.from()).isEqualTo(from))
        .satisfies(gap -> assertThat(gap.to()).isEqualTo(to));
  }

  @ParameterizedTest
  @EnumSource
  void newKeysInTheMiddleOfAStreamAreSeenByNobody(Whose whose) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay(whose);
        HydraConsumer ours = consume(relay, session, Start.BEGINNING)) {
      PeerProcess theirs = theirConsumer(relay, session);
      PeerProcess producer =
          theirProducer(relay, session, "--count", "200", "--rotate", "7", "--wait-consumers", "2");

      assertReceives(ours, 0, 200);
      assertThat(ours.receive()).isNull();
      theirs.assertEndsWell();
      producer.assertEndsWell();
    }
  }

  /** Our consumer refuses these epochs until it can check them. */
  @ParameterizedTest
  @EnumSource
  void newKeysInTheMiddleOfASignedStreamAreSeenByNobody(Whose whose) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay(whose)) {
      PeerProcess theirs = theirConsumer(relay, session);
      theirProducer(relay, session, "--count", "200", "--rotate", "7", "--signed").assertEndsWell();
      assertThat(theirs.awaitAfter("\"done\", \"messages\": ")).startsWith("200,");
      theirs.assertEndsWell();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStreamThatStopsWithoutItsEndIsToldBeforeTheNextOne(Whose whose) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay(whose);
        HydraConsumer ours = consume(relay, session, Start.BEGINNING)) {
      PeerProcess theirs = theirConsumer(relay, session);
      theirProducer(relay, session, "--count", "10", "--no-end").assertEndsWell();
      assertReceives(ours, 0, 10);
      theirProducer(relay, session, "--count", "20").assertEndsWell();

      assertThatExceptionOfType(StreamTruncatedException.class).isThrownBy(ours::receive);
      assertReceives(ours, 0, 20);
      assertThat(ours.receive()).isNull();
      assertThat(theirs.awaitAfter("\"done\", \"messages\": ")).startsWith("30,");
      assertThat(theirs.exitCode()).isEqualTo(TRUNCATED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStreamWhoseFirstFramesAreGoneForEverIsToldSo(Whose whose) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay(whose)) {
      theirProducer(relay, session, "--count", "10", "--first", "5").assertEndsWell();
      PeerProcess beginning = theirConsumer(relay, session);
      PeerProcess oldest = theirConsumer(relay, session, "--start", "oldest");

      try (HydraConsumer consumer = consume(relay, session, Start.BEGINNING)) {
        assertMissing(consumer, 0, 5);
        assertReceives(consumer, 5, 15);
        assertThat(consumer.receive()).isNull();
      }
      try (HydraConsumer consumer = consume(relay, session, Start.OLDEST)) {
        assertReceives(consumer, 5, 15);
        assertThat(consumer.missedBefore()).isEqualTo(5);
        assertThat(consumer.receive()).isNull();
      }
      beginning.awaitAfter("\"from\": 0, \"to\": 5");
      assertThat(beginning.exitCode()).isEqualTo(MISSING);
      oldest.assertEndsWell();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"left-out:3", "joined:3", "gap:3"})
  void aRelayThatHidesTheFirstFramesIsFoundOut(String lie) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay("--lie", lie)) {
      theirProducer(relay, session, "--count", "10").assertEndsWell();
      PeerProcess theirs = theirConsumer(relay, session, "--reconnect", "60");

      try (HydraConsumer ours = consume(relay, session, Start.BEGINNING)) {
        assertMissing(ours, 0, 3);
        assertReceives(ours, 3, 10);
        assertThat(ours.receive()).isNull();
      }
      theirs.awaitAfter("\"from\": 0, \"to\": 3");
      assertThat(theirs.exitCode()).isEqualTo(MISSING);
    }
  }

  /** Three connections, each bad in another way. */
  @Test
  void aRelayThatLiesInTurnsIsFoundOut() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay("--lie", "turns:3");
        Relay other = HydraPeer.relay("--lie", "turns:3")) {
      theirProducer(other, session, "--count", "10").assertEndsWell();
      PeerProcess theirs = theirConsumer(other, session, "--reconnect", "60");
      theirProducer(relay, session, "--count", "10").assertEndsWell();
      try (HydraConsumer ours = consume(relay, session, Start.BEGINNING)) {
        assertReceives(ours, 0, 3);
        assertThatExceptionOfType(AuthenticationException.class)
            .isThrownBy(ours::receive)
            .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.REPLAY));
        assertThat(ours.position()).map(Position::next).contains(3L);
      }
      theirs.awaitAfter("\"REPLAY\"");
      assertThat(theirs.exitCode()).isEqualTo(DOES_NOT_VERIFY);
    }
  }

  /** It waits there for a frame that opens, until the relay says that this was all. */
  @Test
  void aDamagedFrameBehindAFarGapMovesNothing() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay("--lie", "far:3")) {
      theirProducer(relay, session, "--count", "10").assertEndsWell();
      PeerProcess theirs = theirConsumer(relay, session, "--reconnect", "60");
      try (HydraConsumer ours = consume(relay, session, Start.BEGINNING)) {
        assertReceives(ours, 0, 3);
        assertThatExceptionOfType(SessionTruncatedException.class).isThrownBy(ours::receive);
        assertThat(ours.position()).map(Position::next).contains(3L);
      }
      assertThat(theirs.awaitAfter("\"done\"")).contains("\"gaps\": 0", "\"next\": 3,");
      assertThat(theirs.exitCode()).isEqualTo(TRUNCATED);
    }
  }

  @Test
  void aRelayThatForgetsWhatItIsSentIsGivenUp() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.relay("--lie", "forgets:3");
        Relay other = HydraPeer.relay("--lie", "forgets:3");
        HydraProducer ours =
            HydraProducer.builder(relay.address(), session).relayKey(relay.key()).connect()) {
      PeerProcess theirs = theirProducer(other, session, "--count", "3", "--reconnect", "60");
      for (int i = 0; i < 3; i++) {
        ours.broadcast(HydraPeer.message(i, SIZE));
      }
      assertThatExceptionOfType(AuthenticationException.class)
          .isThrownBy(() -> ours.flush(Duration.ofSeconds(60)))
          .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT));
      ours.abort();
      theirs.awaitAfter("\"CORRUPT\"");
      assertThat(theirs.exitCode()).isEqualTo(DOES_NOT_VERIFY);
    }
  }

  /** Lines of one length, so that the peer reads each by itself. */
  private static String line(int number) {
    return String.format("line %04d", number);
  }

  private static String lines(int from, int to) {
    StringBuilder all = new StringBuilder();
    for (int i = from; i < to; i++) {
      all.append(line(i)).append('\n');
    }
    return all.toString();
  }

  private static void tell(PeerProcess producer, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      producer.tell(line(i));
    }
  }

  private PeerProcess theirWriter(Relay relay, SessionSecrets session, String signed)
      throws Exception {
    String size = "" + (line(0).length() + 1);
    return HydraPeer.produce(
        relay, session, "--reconnect", "60", "--rotate", "4", "--stdin", "--size", size, signed);
  }

  /** Plays the death of a relay in the middle of 60 lines; what the peer's consumer wrote. */
  private Path throughTheDeathOfARelay(
      Whose whose, SessionSecrets session, String signed, Lines ours) throws Exception {
    Path keyFile = directory.resolve("relay.key");
    Path out = directory.resolve("out");
    byte[] key = Fixture.message(1, 32);
    Relay first = HydraPeer.relay(whose, keyFile, key);
    ours.join(first);
    PeerProcess theirs = HydraPeer.consume(first, session, "--reconnect", "60", "-o", "" + out);
    theirs.awaitAfter("\"joined\"");
    PeerProcess producer = theirWriter(first, session, signed);
    tell(producer, 0, 30);
    ours.read(0, 30);
    Await.until("half of it is there", () -> out.toFile().length() == lines(0, 30).length());

    first.close();
    tell(producer, 30, 45);
    try (Relay second = HydraPeer.next(whose, first, keyFile, key)) {
      assertThat(second.address()).isEqualTo(first.address());
      producer.awaitAfter("\"startedOver\"");
      tell(producer, 45, 60);
      producer.tellNoMore();
      ours.read(30, 60);
      theirs.assertEndsWell();
      producer.assertEndsWell();
    }
    return out;
  }

  /** What our consumer does meanwhile. */
  private interface Lines {
    void join(Relay relay);

    void read(int from, int to);
  }

  private static final class Nobody implements Lines {
    @Override
    public void join(Relay relay) {}

    @Override
    public void read(int from, int to) {}
  }

  private static final class OurConsumer implements Lines, AutoCloseable {
    private final SessionSecrets session;
    private final List<HydraConsumer> joined = new ArrayList<>();

    OurConsumer(SessionSecrets session) {
      this.session = session;
    }

    @Override
    public void join(Relay relay) {
      joined.add(consume(relay, session, Start.BEGINNING));
    }

    @Override
    public void read(int from, int to) {
      assertThat(readLines(from, to)).isEqualTo(lines(from, to));
    }

    private String readLines(int from, int to) {
      StringBuilder all = new StringBuilder();
      for (int i = from; i < to; i++) {
        all.append(new String(Fixture.bytes(joined.get(0).receive()), UTF_8));
      }
      return all.toString();
    }

    void assertEnded() {
      assertThat(joined.get(0).receive()).isNull();
    }

    @Override
    public void close() {
      joined.forEach(HydraConsumer::close);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatARelayHasLostIsSentAgain(Whose whose) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (OurConsumer ours = new OurConsumer(session)) {
      Path out = throughTheDeathOfARelay(whose, session, "--no-signed", ours);

      ours.assertEnded();
      assertThat(out).hasContent(lines(0, 60));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatARelayHasLostOfASignedStreamIsSentAgain(Whose whose) throws Exception {
    Path out = throughTheDeathOfARelay(whose, SessionSecrets.generate(), "--signed", new Nobody());

    assertThat(out).hasContent(lines(0, 60));
  }

  /** More than a relay's log holds in its smallest piece. */
  @ParameterizedTest
  @EnumSource
  void theirProducerIsToldWhatNobodyTook(Whose whose) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    String[] much = {"--count", "24", "--size", "1000000", "--hold", "60"};
    try (Relay relay = HydraPeer.forgetful(whose);
        PeerProcess producer = HydraPeer.produce(relay, session, much)) {
      assertThat(producer.awaitAfter("\"unread\": ")).matches("[1-9][0-9]*}");
    }
  }

  @Test
  void theirRelayTellsOurProducerWhatNobodyTook() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (Relay relay = HydraPeer.forgetful(Whose.THEIRS);
        HydraProducer producer =
            HydraProducer.builder(relay.address(), session).relayKey(relay.key()).connect()) {
      for (int i = 0; i < 5; i++) {
        producer.broadcast(HydraPeer.message(i, SIZE));
      }
      Await.until("five frames are unread", () -> producer.unreadFrames() == 5);
    }
  }
}
