package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.RelayAddress;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.SessionTruncatedException;
import io.hydrasync.protocol.Ticket;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our clients of every version of the crate with our relay. */
@Tag("any-jdk")
@Timeout(60)
class LaterClientsIT {
  private static final String NEWEST = "1.0.0-beta.9";
  private static final int PACKET = 1_000;
  private static final int RECONNECTS = 300;
  private static final Duration BRIEF = Duration.ofMillis(200);

  private final SessionSecrets session = ClassicPeer.session();
  private HydraServer relay;

  @BeforeEach
  void start() {
    relay = HydraServer.builder().classicPacket(PACKET).eventLoopThreads(2).bind();
  }

  @AfterEach
  void stop() {
    relay.close();
  }

  private HydraProducer produce(String version) {
    return HydraProducer.builder(relay.address(), session)
        .wire(Wire.CLASSIC)
        .classicVersion(version)
        .connect();
  }

  private HydraConsumer consume(String version) {
    return HydraConsumer.builder(relay.address(), session)
        .wire(Wire.CLASSIC)
        .classicVersion(version)
        .connect();
  }

  /** What a consumer gets of messages that are sent one behind the other: packet by packet. */
  private static List<byte[]> packets(List<byte[]> messages) {
    List<byte[]> packets = new ArrayList<>();
    for (byte[] message : messages) {
      for (int at = 0; at < message.length; at += PACKET) {
        packets.add(Arrays.copyOfRange(message, at, at + PACKET));
      }
    }
    return packets;
  }

  private static List<byte[]> messages() {
    List<byte[]> messages = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      messages.add(Fixture.message(i, (1 + i % 7) * PACKET));
    }
    messages.add(Fixture.message(99, 300 * PACKET));
    return messages;
  }

  private static void assertGets(HydraConsumer consumer, List<byte[]> expected) {
    assertThat(Fixture.receiveAll(consumer)).containsExactlyElementsOf(expected);
    assertThat(consumer.isEnded()).isTrue();
  }

  // ---- both orders ----

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9})
  void aConsumerMayComeFirst(int beta) {
    String version = "1.0.0-beta." + beta;
    try (HydraConsumer consumer = consume(version)) {
      Await.until("it waits", () -> relay.sessions() == 1);
      send(version);

      assertGets(consumer, expected(beta));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8, 9})
  void aConsumerMayComeLate(int beta) {
    String version = "1.0.0-beta." + beta;
    send(version);
    try (HydraConsumer consumer = consume(version)) {
      assertGets(consumer, expected(beta));
    }
  }

  private void send(String version) {
    try (HydraProducer producer = produce(version)) {
      for (byte[] message : messages()) {
        producer.write(message);
      }
    }
  }

  private static List<byte[]> expected(int beta) {
    return beta > 6 ? packets(messages()) : messages();
  }

  @ParameterizedTest
  @CsvSource({"7, 8", "7, 9", "8, 7", "8, 9", "9, 7", "9, 8"})
  void versionsOfTheLaterWireMeetInOneSession(int producer, int consumer) {
    try (HydraConsumer other = consume("1.0.0-beta." + consumer)) {
      send("1.0.0-beta." + producer);

      assertGets(other, packets(messages()));
    }
  }

  @Test
  void clientsOfTheEarlierWireAreInAnotherSession() {
    try (HydraConsumer earlier = consume("1.0.0-beta.6");
        HydraConsumer later = consume(NEWEST)) {
      send(NEWEST);

      assertGets(later, packets(messages()));
      assertThatThrownBy(() -> earlier.receive(BRIEF)).hasMessageContaining("no message");
    }
  }

  // ---- what the relay says ----

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9})
  void bothEndsAreToldHowLongPacketsAre(int beta) {
    String version = "1.0.0-beta." + beta;
    try (HydraProducer producer = produce(version);
        HydraConsumer consumer = consume(version)) {
      assertThat(producer.packetBytes()).hasValue(PACKET);
      assertThat(consumer.packetBytes()).hasValue(PACKET);
      assertThat(producer.maxMessageBytes() % PACKET).isZero();
    }
  }

  @Test
  void theOtherWiresHaveNoPackets() {
    try (HydraProducer wire2 = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session);
        HydraProducer earlier = produce("1.0.0-beta.2")) {
      assertThat(wire2.packetBytes()).isEmpty();
      assertThat(consumer.packetBytes()).isEmpty();
      assertThat(earlier.packetBytes()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9})
  void aSecondProducerIsRefusedByName(int beta) {
    String version = "1.0.0-beta." + beta;
    try (HydraProducer first = produce(version)) {
      HydraException refusal =
          catchThrowableOfType(HydraException.class, () -> produce(version).abort());

      assertThat(refusal.code()).isEqualTo(ErrorCode.PRODUCER_EXISTS);
      assertThat(refusal.isRetryable()).isTrue();
      first.broadcast(new byte[PACKET]);
    }
    produce(version).close();
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9})
  void aRoleThatNeedsACredentialIsRefusedAsAnInternalError(int beta) {
    Credential credential = Credential.generate(new SecureRandom());
    try (HydraServer closed =
        HydraServer.builder()
            .classicPacket(PACKET)
            .credential(credential, Set.of(Role.PRODUCER))
            .bind()) {
      assertThatThrownBy(
              () ->
                  HydraProducer.builder(closed.address(), session)
                      .wire(Wire.CLASSIC)
                      .classicVersion("1.0.0-beta." + beta)
                      .connect())
          .hasMessageContaining("credential")
          .extracting(problem -> ((HydraException) problem).code())
          .isEqualTo(ErrorCode.INTERNAL);
    }
  }

  @Test
  void aVersionThatTheRelayDoesNotKnowIsAsked() {
    assertThatThrownBy(() -> consume("3.0.0").close())
        .isInstanceOf(ConnectionException.class)
        .hasMessageContaining("3.0.0?");
    try (HydraServer other =
            HydraServer.builder().classicPacket(PACKET).classicVersions(List.of("3.0.0")).bind();
        HydraConsumer consumer =
            HydraConsumer.builder(other.address(), session)
                .wire(Wire.CLASSIC)
                .classicVersion("3.0.0")
                .connect()) {
      assertThat(consumer.packetBytes()).hasValue(PACKET);
    }
  }

  // ---- ends ----

  @Test
  void anAbortedSessionEndsBehindWhatWasSentAndIsNoWhole() {
    byte[] sent = Fixture.message(1, 200 * PACKET);
    try (HydraConsumer consumer = consume(NEWEST)) {
      HydraProducer producer = produce(NEWEST);
      producer.broadcast(sent);
      producer.abort();

      for (byte[] packet : packets(List.of(sent))) {
        ByteBuffer view = consumer.receive();
        assertThat(Fixture.bytes(view)).isEqualTo(packet);
      }
      assertThatThrownBy(consumer::receive).isInstanceOf(SessionTruncatedException.class);
      assertThat(consumer.isEnded()).isFalse();
    }
  }

  @Test
  void theNextProducerBeginsANewSession() {
    byte[] first = Fixture.message(1, PACKET);
    byte[] second = Fixture.message(2, PACKET);
    try (HydraProducer producer = produce(NEWEST)) {
      producer.broadcast(first);
    }
    try (HydraConsumer consumer = consume(NEWEST)) {
      assertGets(consumer, List.of(first));
    }
    try (HydraProducer producer = produce(NEWEST)) {
      producer.broadcast(second);
    }
    try (HydraConsumer consumer = consume(NEWEST)) {
      assertGets(consumer, List.of(second));
    }
  }

  @Test
  void aProducerThatComesBackAtOnceIsLetIn() {
    byte[] message = Fixture.message(1, PACKET);
    for (int i = 0; i < RECONNECTS; i++) {
      try (HydraProducer producer = produce(NEWEST)) {
        producer.broadcast(message);
      }
    }
    try (HydraConsumer consumer = consume(NEWEST)) {
      assertGets(consumer, List.of(message));
    }
  }

  @Test
  void aTicketSaysTheVersion() {
    RelayAddress where = new RelayAddress("127.0.0.1", relay.address().getPort());
    Ticket ticket = Ticket.parse(session.classicTicket(where, NEWEST).format());
    try (HydraConsumer consumer = HydraConsumer.connect(ticket);
        HydraProducer producer = HydraProducer.builder(ticket).connect()) {
      byte[] message = Fixture.message(1, 3 * PACKET);
      producer.broadcast(message);
      producer.close();

      assertGets(consumer, packets(List.of(message)));
    }
  }

  /** Tiny packets, of which a message of a mebibyte has very many. */
  @Test
  void aMessageMayHaveVeryManyPackets() {
    try (HydraServer tiny = HydraServer.builder().classicPacket(4).bind();
        HydraConsumer consumer =
            HydraConsumer.builder(tiny.address(), session)
                .wire(Wire.CLASSIC)
                .classicVersion(NEWEST)
                .connect();
        HydraProducer producer =
            HydraProducer.builder(tiny.address(), session)
                .wire(Wire.CLASSIC)
                .classicVersion(NEWEST)
                .connect()) {
      byte[] message = Fixture.message(5, 1 << 20);
      producer.broadcast(message);
      producer.close();

      ByteBuffer all = ByteBuffer.allocate(message.length);
      for (ByteBuffer view = consumer.receive(); view != null; view = consumer.receive()) {
        assertThat(view.remaining()).isEqualTo(4);
        all.put(view);
      }
      assertThat(all.array()).isEqualTo(message);
    }
  }
}
