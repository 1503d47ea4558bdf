package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.AdmissionLimits;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.RelayStatus;
import io.hydrasync.server.SessionStatus;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.peer.CratePeer;
import io.hydrasync.tests.peer.CratePeer.End;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What this project's relay does for clients of the crate, in each of its versions. */
@Tag("any-jdk")
class CrateVersionsIT {
  private static final int LENGTH = 100;
  private static final int PACKET = LENGTH + 28;
  private static final int CUTS_AT_A_TIME = 40;
  private static final int PAUSE_MS = 400;
  private static final int OBSERVER = 2;
  private static final int BYTES_AT = 24; // in what an observer is told

  private final byte[] id = CratePeer.random(64);
  private final byte[] key = CratePeer.random(32);

  private static HydraServer.Builder builder() {
    return HydraServer.builder().classicPacket(LENGTH).linger(Duration.ofMinutes(1));
  }

  private byte[] plaintext(int number) {
    return ByteBuffer.allocate(LENGTH).putInt(number).array();
  }

  private void send(CratePeer producer, int from, int to) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = from; i < to; i++) {
      all.writeBytes(producer.message(key, plaintext(i)));
    }
    producer.write(all.toByteArray());
  }

  private void assertGets(CratePeer consumer, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      assertThat(consumer.next(key, LENGTH)).isEqualTo(plaintext(i));
    }
  }

  // ---- all versions ----

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9})
  void servesEachVersionInBothOrdersOfArrival(int beta) throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer early = CratePeer.consumer(relay.address(), beta, id)) {
      assertThat(early.joined()).isEqualTo(beta < 7 ? 0 : LENGTH);
      Await.until("it waits", () -> relay.sessions() == 1);
      try (CratePeer producer = CratePeer.producer(relay.address(), beta, id)) {
        producer.joined();
        send(producer, 0, 50);
        assertGets(early, 0, 50);
        try (CratePeer late = CratePeer.consumer(relay.address(), beta, id)) {
          late.joined();
          assertGets(late, 0, 50);
          send(producer, 50, 60);
          producer.finish();

          assertThat(producer.end()).isEqualTo(End.FIN);
          assertGets(early, 50, 60);
          assertGets(late, 50, 60);
          assertThat(early.end()).isEqualTo(End.FIN);
          assertThat(late.end()).isEqualTo(End.FIN);
        }
      }
      try (CratePeer afterwards = CratePeer.consumer(relay.address(), beta, id)) {
        afterwards.joined();
        assertGets(afterwards, 0, 60);
        assertThat(afterwards.end()).isEqualTo(End.FIN);
      }
    }
  }

  /** The crate's way; without it small packets stay as long as a part of the log does. */
  @ParameterizedTest
  @ValueSource(ints = {2, 6, 7, 8, 9})
  void givesALateConsumerNothingFromBeforeWhereNothingIsRetained(int beta) throws Exception {
    try (HydraServer relay = builder().retention(0).bind();
        CratePeer early = CratePeer.consumer(relay.address(), beta, id)) {
      early.joined();
      Await.until("it waits", () -> relay.sessions() == 1);
      try (CratePeer producer = CratePeer.producer(relay.address(), beta, id)) {
        producer.joined();
        send(producer, 0, 16);
        assertGets(early, 0, 16);
        try (CratePeer late = CratePeer.consumer(relay.address(), beta, id)) {
          late.joined();
          Await.until(
              "it has its place",
              () ->
                  relay.operator().sessions(Duration.ofSeconds(10)).stream()
                      .allMatch(one -> one.consumers().size() == 2));
          send(producer, 16, 20);
          assertGets(late, 16, 20);
          assertGets(early, 16, 20);
        }
      }
    }
  }

  @Test
  void letsTheVersionsOfTheLaterWireMeet() throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer producer = CratePeer.producer(relay.address(), 8, id)) {
      producer.joined();
      send(producer, 0, 3);
      for (int beta = 7; beta <= 9; beta++) {
        try (CratePeer consumer = CratePeer.consumer(relay.address(), beta, id)) {
          consumer.joined();
          assertGets(consumer, 0, 3);
        }
      }
    }
  }

  @Test
  void keepsTheSessionsOfThreeWiresApart() throws Exception {
    SessionSecrets wire2 =
        new SessionSecrets(SessionId.of(id), SessionKey.generate(new SecureRandom()));
    try (HydraServer relay = builder().bind();
        CratePeer later = CratePeer.producer(relay.address(), 9, id);
        CratePeer earlier = CratePeer.producer(relay.address(), 6, id);
        HydraProducer own = Fixture.produce(relay.address(), wire2)) {
      later.joined();
      send(later, 0, 1);
      send(earlier, 1, 2);
      own.broadcast(new byte[] {7});
      try (CratePeer one = CratePeer.consumer(relay.address(), 7, id);
          CratePeer two = CratePeer.consumer(relay.address(), 2, id);
          HydraConsumer three = Fixture.consume(relay.address(), wire2)) {
        one.joined();
        assertGets(one, 0, 1);
        assertGets(two, 1, 2);
        assertThat(Fixture.bytes(ClassicPeer.next(three))).containsExactly(7);
      }
      assertThat(relay.operator().sessions(Duration.ofSeconds(10)))
          .extracting(SessionStatus::wire)
          .containsExactlyInAnyOrder("wire2", "classic", "classic-later");
    }
  }

  @Test
  void servesAConfiguredVersionAsOneOfTheLaterWire() throws Exception {
    try (HydraServer relay = builder().classicVersions(List.of("1.0.0-beta.10")).bind();
        CratePeer producer = CratePeer.connect(relay.address(), 10).send(0, id);
        CratePeer consumer = CratePeer.connect(relay.address(), 10).send(1, id)) {
      assertThat(producer.joined()).isEqualTo(LENGTH);
      consumer.joined();
      send(producer, 0, 3);
      assertGets(consumer, 0, 3);
    }
  }

  // ---- hellos that come in pieces ----

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9})
  void servesHellosThatAreCutAnywhere(int beta) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CUTS_AT_A_TIME);
    try (HydraServer relay = builder().bind()) {
      List<Future<?>> all = new ArrayList<>();
      for (int cut = 1; cut < CratePeer.helloBytes(beta); cut++) {
        int at = cut;
        boolean givenUp = at == 104 && CratePeer.helloBytes(beta) == 128;
        all.add(
            threads.submit(
                () -> {
                  joinsAndReceives(relay.address(), beta, at, givenUp ? 20 : PAUSE_MS);
                  return null;
                }));
      }
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i)).as("cut at %d", i + 1).succeedsWithin(Duration.ofSeconds(60));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private void joinsAndReceives(InetSocketAddress relay, int beta, int cut, long pauseMs)
      throws Exception {
    byte[] own = CratePeer.random(64);
    try (CratePeer consumer =
            CratePeer.connect(relay, beta, cut, pauseMs).send(beta == 9 ? 1 : 2, own);
        CratePeer producer = CratePeer.producer(relay, beta, own)) {
      consumer.joined();
      producer.joined();
      send(producer, cut, cut + 1);
      assertGets(consumer, cut, cut + 1);
    }
  }

  /** What the table of the wire document gives up: such a client gets the answer of beta.2. */
  @Test
  void givesUpAHelloOfBeta6ThatRestsWhereBeta2Ends() throws Exception {
    try (HydraServer relay = builder().handshakeTimeout(Duration.ofSeconds(2)).bind()) {
      assertThatThrownBy(() -> CratePeer.connect(relay.address(), 6, 104, PAUSE_MS))
          .isInstanceOf(IOException.class);
      Await.until("it is gone", () -> relay.connections() == 0);
    }
  }

  @Test
  void closesMoreThanAnyHello() throws Exception {
    try (HydraServer relay = builder().bind();
        java.net.Socket socket = new java.net.Socket()) {
      socket.connect(relay.address());
      socket.getOutputStream().write(new byte[161]);

      Await.until("it is closed", () -> relay.connections() == 0);
      assertThat(relay.operator().status().rejected()).isNotEmpty();
    }
  }

  // ---- statuses ----

  /** A status, then FIN, whatever the client goes on to send. */
  private static void assertRefused(CratePeer peer, int status) throws Exception {
    assertThat(peer.status()).isEqualTo(status);
    assertThat(peer.end()).isEqualTo(End.FIN);
    peer.write(new byte[1 << 20]); // into a connection that is still read
  }

  @ParameterizedTest
  @CsvSource({"7, 4", "8, 4", "9, 5"})
  void saysWhyItRefuses(int beta, int internal) throws Exception {
    int producerRole = beta == 9 ? 0 : 1;
    try (HydraServer relay = builder().bind();
        CratePeer first = CratePeer.producer(relay.address(), beta, id)) {
      first.joined();
      try (CratePeer second = CratePeer.producer(relay.address(), beta, id)) {
        assertRefused(second, 3);
      }
      send(first, 0, 1); // it stays
      relay.operator().admission(AdmissionLimits.DEFAULT.withSessions(1, 1));
      try (CratePeer tooMany = CratePeer.producer(relay.address(), beta, CratePeer.random(64))) {
        assertRefused(tooMany, internal);
      }
      relay.operator().admission(AdmissionLimits.DEFAULT.withConsumersPerSession(1));
      try (CratePeer one = CratePeer.consumer(relay.address(), beta, id);
          CratePeer two = CratePeer.connect(relay.address(), beta)) {
        one.joined();
        assertRefused(two.send(producerRole + 1, id), internal);
      }
      relay
          .operator()
          .credentials(
              java.util.Map.of(Credential.generate(new SecureRandom()), Set.of(Role.PRODUCER)));
      try (CratePeer without =
          CratePeer.connect(relay.address(), beta).send(producerRole, CratePeer.random(64))) {
        assertRefused(without, internal);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9})
  void knowsEachRoleByte(int beta) throws Exception {
    try (HydraServer relay = builder().bind()) {
      for (int role = 0; role < 256; role++) {
        int first = beta == 9 ? 0 : 1;
        int wanted = role == first || role == first + 1 ? 0 : 1;
        wanted = beta == 9 && role == OBSERVER ? 4 : wanted;
        try (CratePeer peer =
            CratePeer.connect(relay.address(), beta).send(role, CratePeer.random(64))) {
          if (wanted == 0) {
            assertThat(peer.joined()).isEqualTo(LENGTH);
          } else {
            assertRefused(peer, wanted);
          }
        }
      }
      assertThat(relay.operator().status().rejected()).containsKey("unsupported");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 6})
  void resetsEveryOtherRoleByteOfTheEarlierWire(int beta) throws Exception {
    try (HydraServer relay = builder().bind()) {
      for (int role : new int[] {0, 3, 4, 128, 255}) {
        try (CratePeer peer = CratePeer.connect(relay.address(), beta).send(role, id)) {
          assertThat(peer.end()).isEqualTo(End.RESET);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 6, 7, 9})
  void resetsAJoinThatDoesNotOpen(int beta) throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer peer = CratePeer.connect(relay.address(), beta)) {
      byte[] join = peer.join(1, id);
      join[join.length - 1] ^= 1;
      ByteArrayOutputStream said = new ByteArrayOutputStream();

      assertThat(peer.write(join).end(said, 30_000)).isEqualTo(End.RESET);
      assertThat(said.size()).isZero();
    }
  }

  @Test
  void tellsThatItStops() throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer joined = CratePeer.producer(relay.address(), 9, id);
        CratePeer late = CratePeer.connect(relay.address(), 9)) {
      joined.joined();
      Future<Boolean> drained =
          Fixture.async(() -> relay.drain(Duration.ofMinutes(1), Duration.ofMinutes(1)).join());
      Await.until("it drains", () -> !relay.operator().isReady());

      assertRefused(late.send(0, CratePeer.random(64)), 5);
      assertThat(drained.isDone()).isFalse();
    }
  }

  // ---- ends ----

  @ParameterizedTest
  @ValueSource(ints = {1, 28, 127, 128, 129, 200})
  void passesWholePacketsOnAndResetsBehindAPart(int part) throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      consumer.joined();
      producer.joined();
      send(producer, 0, 5);
      producer.write(Arrays.copyOf(new byte[PACKET * 2], part)).finish();
      ByteArrayOutputStream rest = new ByteArrayOutputStream();
      assertGets(consumer, 0, 5);

      assertThat(consumer.end(rest, 30_000)).isEqualTo(part == PACKET ? End.FIN : End.RESET);
      assertThat(rest.size()).isEqualTo(part / PACKET * PACKET);
    }
  }

  @Test
  void doesNotTakeAResetForTheEnd() throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      consumer.joined();
      producer.joined();
      send(producer, 0, 5);
      assertGets(consumer, 0, 5);
      producer.reset();

      assertThat(consumer.end()).isEqualTo(End.RESET);
    }
  }

  @Test
  void beginsAnewForTheNextProducer() throws Exception {
    try (HydraServer relay = builder().bind()) {
      for (int round = 0; round < 20; round++) {
        try (CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
          producer.joined(); // also right behind the close of the one before
          send(producer, round, round + 1);
          producer.finish();
        }
      }
      try (CratePeer consumer = CratePeer.consumer(relay.address(), 9, id)) {
        consumer.joined();
        assertGets(consumer, 19, 20);
        assertThat(consumer.end()).isEqualTo(End.FIN);
      }
    }
  }

  @Test
  void endsByResetWhereAnOperatorEndsIt() throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      consumer.joined();
      producer.joined();
      send(producer, 0, 1);
      assertGets(consumer, 0, 1);
      SessionStatus session = relay.operator().sessions(Duration.ofSeconds(10)).get(0);
      relay.operator().endSession(session.name(), Duration.ofSeconds(10));

      assertThat(producer.end()).isEqualTo(End.RESET);
      assertThat(consumer.end()).isEqualTo(End.RESET);
    }
  }

  // ---- misfits ----

  @Test
  void takesWhatIsSentAheadOfItsAnswers() throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer producer = CratePeer.connect(relay.address(), 9);
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id)) {
      ByteArrayOutputStream ahead = new ByteArrayOutputStream();
      ahead.writeBytes(producer.join(0, id));
      ahead.writeBytes(producer.message(key, plaintext(0)));
      ahead.writeBytes(producer.message(key, plaintext(1)));
      producer.write(ahead.toByteArray()).finish();
      consumer.joined();

      assertGets(consumer, 0, 2);
      assertThat(consumer.end()).isEqualTo(End.FIN);
      assertThat(producer.joined()).isEqualTo(LENGTH);
      assertThat(producer.end()).isEqualTo(End.FIN);
    }
  }

  @Test
  void ignoresWhatAConsumerSays() throws Exception {
    try (HydraServer relay = builder().bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      consumer.joined();
      consumer.write(new byte[1 << 20]);
      producer.joined();
      send(producer, 0, 10);
      assertGets(consumer, 0, 10);
    }
  }

  @Test
  void cutsWhatComesIntoPacketsWhateverItIs() throws Exception {
    byte[] noise = CratePeer.random(50 * PACKET);
    try (HydraServer relay = builder().segmentSize(4096).bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 8, id);
        CratePeer producer = CratePeer.producer(relay.address(), 8, id)) {
      consumer.joined();
      producer.joined();
      for (int at = 0; at < noise.length; at += 333) {
        producer.write(Arrays.copyOfRange(noise, at, Math.min(noise.length, at + 333)));
      }
      producer.finish();

      assertThat(consumer.read(noise.length)).isEqualTo(noise);
      assertThat(consumer.end()).isEqualTo(End.FIN);
    }
  }

  // ---- observers ----

  private static byte[] token() {
    return CratePeer.random(64);
  }

  private static CratePeer observer(HydraServer relay, byte[] token) throws Exception {
    return CratePeer.connect(relay.address(), 9).send(OBSERVER, token);
  }

  @Test
  void tellsObserversItsFigures() throws Exception {
    byte[] token = token();
    try (HydraServer relay = builder().classicObserver(token).bind();
        CratePeer observer = observer(relay, token);
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      assertThat(observer.joined()).isEqualTo(LENGTH);
      consumer.joined();
      producer.joined();
      send(producer, 0, 10);
      assertGets(consumer, 0, 10);
      while (observer.write(new byte[1]).metrics().getLong(BYTES_AT) < 10L * PACKET) {
        Thread.onSpinWait(); // the loop of the consumer counts behind its write
      }
      observer.write(new byte[] {0, 1, 2, 3, -1});
      for (int i = 0; i < 5; i++) {
        ByteBuffer figures = observer.metrics();
        assertThat(figures.getDouble()).isBetween(0.0, 1.0);
        assertThat(figures.getLong()).isEqualTo(1);
        assertThat(figures.getLong()).isEqualTo(1);
        assertThat(figures.getLong()).isEqualTo(10L * PACKET);
      }
      producer.finish();
      assertThat(consumer.end()).isEqualTo(End.FIN);
      Await.until("the session has ended", () -> isOver(relay));
      ByteBuffer figures = observer.write(new byte[1]).metrics();
      figures.getDouble();
      assertThat(figures.getLong()).as("made").isEqualTo(1);
      assertThat(figures.getLong()).as("with a producer").isZero();

      RelayStatus status = relay.operator().status();
      assertThat(status.observers()).isEqualTo(1);
      assertThat(status.connections()).containsEntry(Role.ADMIN, 0);
    }
  }

  private static boolean isOver(HydraServer relay) {
    return relay.operator().sessions(Duration.ofSeconds(10)).stream()
        .allMatch(session -> session.producer().isEmpty());
  }

  @Test
  void countsTheSessionsOfAllWires() throws Exception {
    byte[] token = token();
    SessionSecrets wire2 = SessionSecrets.generate();
    try (HydraServer relay = builder().classicObserver(token).bind();
        CratePeer observer = observer(relay, token);
        CratePeer one = CratePeer.producer(relay.address(), 9, id);
        CratePeer two = CratePeer.producer(relay.address(), 6, id);
        HydraProducer three = Fixture.produce(relay.address(), wire2)) {
      observer.joined();
      one.joined();
      Await.until(
          "all are there", () -> relay.operator().status().connections().get(Role.PRODUCER) == 3);
      ByteBuffer figures = observer.write(new byte[1]).metrics();
      figures.getDouble();
      assertThat(figures.getLong()).isEqualTo(3);
      assertThat(figures.getLong()).isEqualTo(3);
    }
  }

  @Test
  void answersEachByteOfAnObserverThatDoesNotReadAtFirst() throws Exception {
    byte[] token = token();
    int bytes = 100_000;
    try (HydraServer relay = builder().classicObserver(token).bind();
        CratePeer observer = observer(relay, token)) {
      observer.joined();
      Future<Boolean> sent =
          Fixture.async(
              () -> {
                observer.write(new byte[bytes]);
                return true;
              });
      for (int i = 0; i < bytes; i++) {
        assertThat(observer.metrics().getDouble()).isBetween(0.0, 1.0);
      }
      assertThat(Fixture.join(sent)).isTrue();
      assertThat(observer.end(new ByteArrayOutputStream(), 100)).isEqualTo(End.OPEN);
    }
  }

  @Test
  void letsSixteenObserversIn() throws Exception {
    byte[] token = token();
    List<CratePeer> inside = new ArrayList<>();
    try (HydraServer relay = builder().classicObserver(token).maxConnections(8).bind()) {
      for (int i = 0; i < 16; i++) {
        CratePeer observer = observer(relay, token);
        observer.joined();
        inside.add(observer);
      }
      try (CratePeer tooMany = observer(relay, token)) {
        assertRefused(tooMany, 5);
      }
      try (CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
        assertRefused(producer, 5); // they have taken the places of others, as admins do
      }
      inside.remove(0).close();
      Await.until("one has gone", () -> relay.operator().status().observers() == 15);
      try (CratePeer again = observer(relay, token)) {
        assertThat(again.joined()).isEqualTo(LENGTH);
      }
    } finally {
      for (CratePeer one : inside) {
        one.close();
      }
    }
  }

  @Test
  void takesAnotherTokenOfObservers() throws Exception {
    byte[] old = token();
    byte[] next = token();
    try (HydraServer relay = builder().classicObserver(old).bind();
        CratePeer inside = observer(relay, old)) {
      inside.joined();
      relay.operator().classicObserver(Optional.of(next));
      try (CratePeer late = observer(relay, old);
          CratePeer right = observer(relay, next)) {
        assertRefused(late, 4);
        right.joined();
      }
      inside.write(new byte[1]).metrics();
      relay.operator().classicObserver(Optional.empty());
      try (CratePeer late = observer(relay, next)) {
        assertRefused(late, 4);
      }
    }
  }

  // ---- settings ----

  @Test
  void refusesAPacketThatIsMoreThanAFrame() {
    HydraServer.Builder builder = HydraServer.builder().maxFrame(1 << 20).classicPacket(1 << 20);

    assertThatThrownBy(builder::check)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1048576")
        .hasMessageContaining("" + ((1 << 20) - 28));
    assertThatThrownBy(builder::bind).isInstanceOf(IllegalArgumentException.class);
    builder.classicPacket((1 << 20) - 28).check();
    builder.classicPacket(1 << 20).classic(false).check();
    assertThatThrownBy(() -> builder.classicPacket(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.classicPacket((64 << 20) - 27))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> builder.classicObserver(new byte[63]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void servesTheEarlierWireAloneWhereTheDefaultPacketDoesNotFit() throws Exception {
    try (HydraServer relay = HydraServer.builder().maxFrame(1 << 20).bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 6, id);
        CratePeer producer = CratePeer.producer(relay.address(), 2, id)) {
      send(producer, 0, 2);
      assertGets(consumer, 0, 2);
      assertThatThrownBy(() -> CratePeer.connect(relay.address(), 9))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void hasPacketsOf4MiBUnlessToldOtherwise() throws Exception {
    try (HydraServer relay = HydraServer.builder().overflow(Overflow.SKIP).bind();
        CratePeer consumer = CratePeer.consumer(relay.address(), 7, id)) {
      assertThat(consumer.joined()).isEqualTo(4 << 20);
    }
  }
}
