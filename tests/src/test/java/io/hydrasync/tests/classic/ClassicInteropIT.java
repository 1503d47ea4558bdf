package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.AuthenticationException;
import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import io.hydrasync.tests.support.PeerProcess;
import io.hydrasync.tests.support.PythonPeer;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The classic wire with an implementation in another language, every part taken by either side.
 * Skipped where {@link PythonPeer} is not installed.
 */
@Tag("foreign")
class ClassicInteropIT {
  private static final List<Integer> SMALL = List.of(1, 200, 64 << 10, 1 << 20, 0, 1);
  private static final List<Integer> ALL = List.of(1, 200, 64 << 10, 1 << 20, 60 << 20, 1);
  private static final int MANY = 16;

  /** Who plays a part. */
  private enum Side {
    OURS,
    THEIRS
  }

  private static PeerProcess careless;
  private static InetSocketAddress carelessAddress;

  @BeforeAll
  static void startCarelessRelay() throws Exception {
    PythonPeer.assumeInstalled();
    careless = ClassicPeer.relay("--lenient", "--careless");
    carelessAddress = ClassicPeer.address(careless);
  }

  @AfterAll
  static void stopCarelessRelay() {
    if (careless != null) {
      careless.close();
    }
  }

  // ---- every pairing ----

  /** A relay, a producer and consumers, of which one at least is ours. */
  @Retention(RetentionPolicy.RUNTIME)
  @ParameterizedTest(name = "relay {0}, producer {1}, consumers {2}")
  @CsvSource({
    "OURS,OURS,OURS",
    "OURS,OURS,THEIRS",
    "OURS,THEIRS,OURS",
    "OURS,THEIRS,THEIRS",
    "THEIRS,OURS,OURS",
    "THEIRS,OURS,THEIRS",
    "THEIRS,THEIRS,OURS"
  })
  private @interface EveryPairing {}

  @EveryPairing
  void carriesEverySizeAndThenTheEnd(Side relay, Side producer, Side consumer) throws Exception {
    assertCarries(relay, producer, consumer, 1, ALL);
  }

  @EveryPairing
  void carriesTheSameToSixteenConsumers(Side relay, Side producer, Side consumer) throws Exception {
    assertCarries(relay, producer, consumer, MANY, SMALL);
  }

  private static void assertCarries(
      Side relay, Side producer, Side consumer, int count, List<Integer> sizes) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    if (relay == Side.OURS) {
      try (HydraServer ours = HydraServer.bindDefault()) {
        Future<List<List<String>>> received = receive(consumer, ours.address(), session, count);
        Await.until("a consumer waits", () -> ours.sessions() == 1); // later ones get all as well
        send(producer, ours.address(), session, sizes);
        assertReceived(received, count, sizes);
      }
    } else {
      try (PeerProcess theirs = ClassicPeer.relay("--lenient")) {
        InetSocketAddress address = ClassicPeer.address(theirs);
        Future<List<List<String>>> received = receive(consumer, address, session, count);
        for (int i = 0; i < count; i++) {
          theirs.awaitLine("joined consumer");
        }
        send(producer, address, session, sizes);
        assertReceived(received, count, sizes);
      }
    }
  }

  private static void assertReceived(
      Future<List<List<String>>> received, int count, List<Integer> sizes) throws Exception {
    List<String> sent = ClassicPeer.reports(sizes);
    assertThat(Fixture.join(received)).hasSize(count).allMatch(sent::equals);
  }

  private static Future<List<List<String>>> receive(
      Side side, InetSocketAddress relay, SessionSecrets session, int count) throws Exception {
    if (side == Side.THEIRS) {
      PeerProcess theirs = ClassicPeer.consumer(relay, session, "--consumers", "" + count);
      return Fixture.async(() -> ClassicPeer.reportsOf(theirs, count));
    }
    List<Future<List<String>>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      HydraConsumer consumer = ClassicPeer.ourConsumer(relay, session);
      all.add(
          Fixture.async(
              () -> {
                try (consumer) {
                  return ClassicPeer.receive(consumer);
                }
              }));
    }
    return Fixture.async(
        () -> {
          List<List<String>> reports = new ArrayList<>();
          for (Future<List<String>> one : all) {
            reports.add(one.get());
          }
          return reports;
        });
  }

  private static void send(
      Side side, InetSocketAddress relay, SessionSecrets session, List<Integer> sizes)
      throws Exception {
    if (side == Side.OURS) {
      try (HydraProducer producer = ClassicPeer.ourProducer(relay, session)) {
        ClassicPeer.send(producer, sizes);
      }
    } else {
      try (PeerProcess producer = ClassicPeer.producer(relay, session, sizes)) {
        assertThat(producer.rest()).endsWith(ClassicPeer.END);
        producer.assertEndsWell();
      }
    }
  }

  // ---- a relay as strict as the crate's ----

  @Test
  void worksThroughAStrictRelayInTheOrderThatItAsksFor() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (PeerProcess relay = ClassicPeer.relay()) {
      InetSocketAddress address = ClassicPeer.address(relay);
      try (HydraProducer producer = ClassicPeer.ourProducer(address, session)) {
        relay.awaitLine("joined producer");
        try (HydraConsumer consumer = ClassicPeer.ourConsumer(address, session)) {
          relay.awaitLine("joined consumer");
          ClassicPeer.send(producer, SMALL);
          producer.close();

          assertThat(ClassicPeer.receive(consumer)).isEqualTo(ClassicPeer.reports(SMALL));
        }
      }
    }
  }

  @Test
  void tellsAConsumerNothingThatAStrictRelayRefuses() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (PeerProcess relay = ClassicPeer.relay();
        HydraConsumer early = ClassicPeer.ourConsumer(ClassicPeer.address(relay), session)) {
      relay.awaitLine("refused a consumer before the producer");

      assertDeliversNothing(early);
    }
  }

  @Test
  void tellsAProducerThatAStrictRelayHasClosedTheConnection() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (PeerProcess relay = ClassicPeer.relay()) {
      HydraProducer alone = ClassicPeer.ourProducer(ClassicPeer.address(relay), session);
      relay.awaitLine("joined producer");
      alone.broadcast(new byte[1]);
      relay.awaitLine("refused no consumer");

      assertFailsInTheEnd(alone);
    }
  }

  /** The classic wire has no word for a refusal: the connection is closed. */
  private static void assertDeliversNothing(HydraConsumer consumer) {
    try {
      assertThat(ClassicPeer.next(consumer)).isNull();
    } catch (HydraException e) {
      assertThatThrownBy(() -> ClassicPeer.next(consumer)).isInstanceOf(HydraException.class);
    }
  }

  /** TCP takes a few messages before it knows that nobody is there. */
  private static void assertFailsInTheEnd(HydraProducer producer) {
    Await.until(
        "sending fails",
        () -> {
          try {
            producer.broadcast(new byte[1000]);
            return false;
          } catch (HydraException e) {
            return true;
          }
        });
    assertThatThrownBy(() -> producer.broadcast(new byte[1])).isInstanceOf(HydraException.class);
    assertThatThrownBy(producer::close).isInstanceOf(HydraException.class);
  }

  // ---- what does not fit ----

  @Test
  void tellsAConsumerThatItHasAnotherSessionKey() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    SessionKey wrong = SessionKey.generate(new SecureRandom());
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer =
            HydraConsumer.builder(relay.address(), new SessionSecrets(session.id(), wrong))
                .wire(Wire.CLASSIC)
                .connect()) {
      send(Side.THEIRS, relay.address(), session, SMALL);

      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> ClassicPeer.next(consumer))
            .asInstanceOf(InstanceOfAssertFactories.type(AuthenticationException.class))
            .extracting(HydraException::code)
            .isEqualTo(ErrorCode.WRONG_KEY);
      }
    }
  }

  /** What is not known speaks the later wire, on which a relay that closes has refused. */
  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.1", "2.0.0"})
  void letsNobodyInOfAnotherVersion(String version) {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault()) {
      assertThatThrownBy(
              () ->
                  HydraConsumer.builder(relay.address(), session)
                      .wire(Wire.CLASSIC)
                      .classicVersion(version)
                      .connect())
          .isInstanceOf(ConnectionException.class)
          .hasMessageContaining(version);
      assertThatThrownBy(
              () ->
                  HydraProducer.builder(relay.address(), session)
                      .wire(Wire.CLASSIC)
                      .classicVersion(version)
                      .connect())
          .isInstanceOf(ConnectionException.class);
      assertThat(relay.sessions()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0.0-beta.4", "1.0.0-beta.5"})
  void joinsTheirRelayAsAnOlderVersion(String version) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (PeerProcess relay = ClassicPeer.relay("--lenient", "--versions", version)) {
      InetSocketAddress address = ClassicPeer.address(relay);
      try (HydraConsumer consumer =
          HydraConsumer.builder(address, session)
              .wire(Wire.CLASSIC)
              .classicVersion(version)
              .connect()) {
        HydraProducer producer =
            HydraProducer.builder(address, session)
                .wire(Wire.CLASSIC)
                .classicVersion(version)
                .connect();
        ClassicPeer.send(producer, SMALL);
        producer.close();

        assertThat(ClassicPeer.receive(consumer)).isEqualTo(ClassicPeer.reports(SMALL));
      }
    }
  }

  // ---- a relay or producer that is not honest ----

  /** What the consumer throws behind a good message and then these bytes, and again after that. */
  private static HydraException behindOneMessage(String hex) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraConsumer consumer = ClassicPeer.ourConsumer(carelessAddress, session)) {
      careless.awaitLine("joined consumer");
      try (PeerProcess producer =
          ClassicPeer.producer(carelessAddress, session, "--sizes", "200", "--raw", hex)) {
        producer.assertEndsWell();
      }
      assertThat(Fixture.bytes(ClassicPeer.next(consumer))).hasSize(200);
      HydraException thrown =
          catchThrowableOfType(HydraException.class, () -> ClassicPeer.next(consumer));
      assertThat(thrown).isNotNull();
      assertThatThrownBy(() -> ClassicPeer.next(consumer)).isInstanceOf(thrown.getClass());
      return thrown;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000", "00000030", "0000003000112233"})
  void tellsAConsumerOfAFrameThatWasCut(String hex) throws Exception {
    assertThat(behindOneMessage(hex)).isInstanceOf(TruncatedException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000",
        "0000000100",
        "0000001b000102030405060708090a0b0c0d0e0f101112131415161718191a",
        "000000200000000000000000000000000000000000000000000000000000000000000000",
        "0400000100",
        "7fffffff00",
        "8000000000",
        "ffffffff00"
      })
  void tellsAConsumerOfAFrameThatCannotBe(String hex) throws Exception {
    assertThat(behindOneMessage(hex))
        .isInstanceOf(AuthenticationException.class)
        .extracting(HydraException::code)
        .isEqualTo(ErrorCode.CORRUPT);
  }
}
