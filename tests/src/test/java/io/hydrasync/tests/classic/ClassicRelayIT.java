package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
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
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What this project's relay does for classic clients that the crate's does not, and what it does
 * with hostile ones. Skipped where {@link PythonPeer} is not installed.
 */
@Tag("foreign")
public class ClassicRelayIT {
  private static final int MIB = 1 << 20;
  private static final int SESSIONS = 8;
  private static final Duration JOIN_DEADLINE = Duration.ofSeconds(3);
  private static final Duration IDLE = Duration.ofMillis(500);
  private static final List<Integer> SIZES = List.of(1, 200, 64 << 10, MIB, 1);

  @BeforeAll
  static void findPython() {
    PythonPeer.assumeInstalled();
  }

  // ---- hostile clients ----

  @Test
  void answersHostileClientsByClosing() throws Exception {
    try (HydraServer relay =
        HydraServer.builder().handshakeTimeout(JOIN_DEADLINE).idleTimeout(IDLE).bind()) {
      PeerProcess attacks =
          ClassicPeer.attack(
              relay.address(),
              "all",
              "--deadline-ms",
              "" + JOIN_DEADLINE.toMillis(),
              "--quiet-ms",
              "" + IDLE.multipliedBy(4).toMillis());
      List<String> lines = attacks.rest();

      assertThat(lines).hasSizeGreaterThan(75).allMatch(line -> line.startsWith("OK "));
      attacks.assertEndsWell();
      Await.until("nobody is left", () -> relay.connections() == 0);
    }
  }

  @Test
  void closesClassicConnectionsWhereTheyAreSwitchedOff() throws Exception {
    try (HydraServer relay = HydraServer.builder().classic(false).bind();
        PeerProcess consumer = ClassicPeer.consumer(relay.address(), ClassicPeer.session())) {
      assertThat(consumer.rest()).hasSize(1).allMatch(line -> line.startsWith("error"));
      assertThat(relay.sessions()).isZero();
    }
  }

  @Test
  void knowsTheVersionsThatItWasToldBesideItsOwn() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay =
            HydraServer.builder().classicVersions(List.of("1.0.0", "1.1.0")).bind();
        PeerProcess one = ClassicPeer.consumer(relay.address(), session, "--version", "1.1.0");
        PeerProcess two =
            ClassicPeer.consumer(relay.address(), session, "--version", "1.0.0-beta.4")) {
      try (PeerProcess producer =
          ClassicPeer.producer(relay.address(), session, SIZES, "--version", "1.0.0")) {
        producer.assertEndsWell();
      }

      List<List<String>> sent = List.of(ClassicPeer.reports(SIZES));
      assertThat(ClassicPeer.reportsOf(one, 1)).isEqualTo(sent);
      assertThat(ClassicPeer.reportsOf(two, 1)).isEqualTo(sent);
    }
  }

  // ---- early, late, and the end ----

  @Test
  void letsAConsumerWaitForItsProducer() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess early = ClassicPeer.consumer(relay.address(), session)) {
      early.awaitLine("joined");
      Await.until("it waits", () -> relay.sessions() == 1);
      try (PeerProcess producer = ClassicPeer.producer(relay.address(), session, SIZES)) {
        producer.assertEndsWell();
      }

      assertThat(early.rest()).isEqualTo(ClassicPeer.reports(SIZES));
    }
  }

  @Test
  void retainsWhatIsSentWhileThereIsNoConsumer() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = ClassicPeer.ourProducer(relay.address(), session)) {
      ClassicPeer.send(producer, List.of(MIB));
      Await.until("the relay has it", () -> relay.logMemoryBytes() >= MIB);
      try (PeerProcess theirs = ClassicPeer.consumer(relay.address(), session, "--count", "1");
          HydraConsumer ours = ClassicPeer.ourConsumer(relay.address(), session)) {
        byte[] message = ClassicPeer.message(0, MIB);

        assertThat(Fixture.bytes(ClassicPeer.next(ours))).isEqualTo(message);
        assertThat(theirs.rest())
            .containsExactly("joined", ClassicPeer.report(ByteBuffer.wrap(message)));
      }
    }
  }

  @Test
  void givesTheRestAndTheEndToWhoComesAfterTheProducerLeft() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess producer = ClassicPeer.producer(relay.address(), session, SIZES)) {
      assertThat(producer.rest()).as("the relay has taken all and closed").endsWith("end");
      try (PeerProcess theirs = ClassicPeer.consumer(relay.address(), session);
          HydraConsumer ours = ClassicPeer.ourConsumer(relay.address(), session)) {
        assertThat(ClassicPeer.receive(ours)).isEqualTo(ClassicPeer.reports(SIZES));
        assertThat(ClassicPeer.next(ours)).as("still the end").isNull();
        assertThat(ours.isEnded()).isTrue();
        assertThat(ClassicPeer.reportsOf(theirs, 1)).containsExactly(ClassicPeer.reports(SIZES));
      }
    }
  }

  @Test
  void keepsASecondProducerOut() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = ClassicPeer.ourConsumer(relay.address(), session);
        HydraProducer first = ClassicPeer.ourProducer(relay.address(), session)) {
      first.broadcast(new byte[] {1});
      assertThat(Fixture.bytes(ClassicPeer.next(consumer))).containsExactly(1);
      HydraProducer second = ClassicPeer.ourProducer(relay.address(), session);
      Await.until("the second is refused", () -> isRefused(second));
      first.broadcast(new byte[] {3});
      first.close();

      assertThat(Fixture.bytes(ClassicPeer.next(consumer))).containsExactly(3);
      assertThat(ClassicPeer.next(consumer)).isNull();
    }
  }

  private static boolean isRefused(HydraProducer producer) {
    try {
      producer.broadcast(new byte[] {2});
      return false;
    } catch (HydraException e) {
      return true;
    }
  }

  @Test
  void beginsAnewForTheNextProducerOfTheId() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault()) {
      for (byte round = 1; round <= 3; round++) {
        try (PeerProcess producer =
            ClassicPeer.producer(relay.address(), session, "--sizes", "" + round)) {
          producer.assertEndsWell();
        }
        try (HydraConsumer late = ClassicPeer.ourConsumer(relay.address(), session)) {
          assertThat(ClassicPeer.next(late).remaining()).isEqualTo(round);
          assertThat(ClassicPeer.next(late)).isNull();
        }
      }
    }
  }

  @Test
  void isClosedToClassicClientsWhereTheirRoleNeedsACredential() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    Credential credential = Credential.generate(new SecureRandom());
    try (HydraServer relay =
            HydraServer.builder().credential(credential, Set.of(Role.CONSUMER)).bind();
        PeerProcess producer = ClassicPeer.producer(relay.address(), session, SIZES)) {
      assertThat(producer.rest()).as("nobody asks it for one").endsWith(ClassicPeer.END);
      try (PeerProcess consumer = ClassicPeer.consumer(relay.address(), session)) {
        assertThat(consumer.rest()).hasSize(2).startsWith("joined"); // and then that it was closed
      }
    }
  }

  @Test
  void doesNotTakeAProducerThatGaveUpForTheEnd() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ofMillis(100)).bind();
        PeerProcess theirs = ClassicPeer.consumer(relay.address(), session);
        HydraConsumer ours = ClassicPeer.ourConsumer(relay.address(), session)) {
      HydraProducer producer = ClassicPeer.ourProducer(relay.address(), session);
      producer.broadcast(new byte[] {1});
      assertThat(Fixture.bytes(ClassicPeer.next(ours))).containsExactly(1);
      theirs.awaitLine(ClassicPeer.report(ByteBuffer.wrap(new byte[] {1})));
      producer.abort();

      assertThatThrownBy(() -> ClassicPeer.next(ours)).isInstanceOf(TruncatedException.class);
      assertThat(theirs.rest()).hasSize(1).allMatch(line -> line.startsWith("error"));
    }
  }

  /** A frame that was cut, and lengths that cannot be: the relay knows that this is not the end. */
  @ParameterizedTest
  @ValueSource(strings = {"00", "00000030", "0000003000112233", "00000000", "04000001", "ffffffff"})
  void doesNotTakeAProducerThatBrokeOffForTheEnd(String hex) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ofMillis(100)).bind();
        HydraConsumer ours = ClassicPeer.ourConsumer(relay.address(), session);
        PeerProcess producer =
            ClassicPeer.producer(relay.address(), session, "--sizes", "200", "--raw", hex)) {
      assertThat(ClassicPeer.next(ours).remaining()).isEqualTo(200);

      assertThatThrownBy(() -> ClassicPeer.next(ours)).isInstanceOf(TruncatedException.class);
      assertThat(producer.rest()).isNotEmpty();
    }
  }

  /** It would take a FIN for the end of an empty session. */
  @Test
  void doesNotPretendTheEndToAConsumerThatItRefuses() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess stranger =
            ClassicPeer.consumer(relay.address(), session, "--version", "2.0.0")) {
      assertThat(stranger.rest())
          .hasSize(2)
          .startsWith("joined")
          .last()
          .asString()
          .startsWith("error");
      HydraConsumer.Builder later =
          HydraConsumer.builder(relay.address(), session)
              .wire(Wire.CLASSIC)
              .classicVersion("2.0.0");
      assertThatThrownBy(later::connect).isInstanceOf(HydraException.class);
    }
  }

  @RepeatedTest(10)
  void doesNotPretendTheEndWhereItIsStoppedInTheMiddle() throws Exception {
    SessionSecrets session = ClassicPeer.session();
    HydraServer relay = HydraServer.bindDefault();
    try (PeerProcess theirs = ClassicPeer.consumer(relay.address(), session);
        HydraConsumer ours = ClassicPeer.ourConsumer(relay.address(), session);
        HydraProducer producer = ClassicPeer.ourProducer(relay.address(), session)) {
      producer.broadcast(new byte[] {1});
      assertThat(Fixture.bytes(ClassicPeer.next(ours))).containsExactly(1);
      theirs.awaitLine(ClassicPeer.report(ByteBuffer.wrap(new byte[] {1})));
      relay.close();

      assertThatThrownBy(() -> ClassicPeer.next(ours)).isInstanceOf(TruncatedException.class);
      assertThat(theirs.rest()).hasSize(1).allMatch(line -> line.startsWith("error"));
      Await.until("the producer hears of it", () -> isRefused(producer));
      assertThatThrownBy(producer::close).isInstanceOf(HydraException.class);
    }
  }

  // ---- beside wire 2 ----

  @Test
  void keepsClassicAndWire2SessionsOfTheSame64BytesApart() throws Exception {
    SessionSecrets classic = ClassicPeer.session();
    SessionSecrets wire2 =
        new SessionSecrets(classic.id(), SessionKey.generate(new SecureRandom()));
    try (HydraServer relay = HydraServer.bindDefault();
        PeerProcess classicConsumer = ClassicPeer.consumer(relay.address(), classic);
        HydraConsumer ourClassicConsumer = ClassicPeer.ourConsumer(relay.address(), classic);
        HydraConsumer wire2Consumer = Fixture.consume(relay.address(), wire2)) {
      HydraProducer classicProducer = ClassicPeer.ourProducer(relay.address(), classic);
      HydraProducer wire2Producer = Fixture.produce(relay.address(), wire2);
      assertThat(wire2Producer.awaitConsumers(1, Duration.ofSeconds(30))).isTrue();
      for (int i = 0; i < 100; i++) {
        classicProducer.broadcast(new byte[] {1, (byte) i});
        wire2Producer.broadcast(new byte[] {2, (byte) i});
      }
      assertThat(wire2Producer.consumers()).as("classic consumers do not count").isEqualTo(1);
      classicProducer.close();

      assertThat(Fixture.receiveAll(ourClassicConsumer)).hasSize(100).allMatch(m -> m[0] == 1);
      assertThat(classicConsumer.rest()).hasSize(102).endsWith(ClassicPeer.END);
      wire2Producer.broadcast(new byte[] {2, 100});
      wire2Producer.close();
      assertThat(Fixture.receiveAll(wire2Consumer)).hasSize(101).allMatch(m -> m[0] == 2);
    }
  }

  @Test
  void servesBothWiresOnOnePortAtTheSameTime() throws Exception {
    List<Integer> sizes = List.of(1, 200, 64 << 10, MIB, 300_000, 1);
    try (HydraServer relay = HydraServer.bindDefault()) {
      List<Future<Boolean>> all =
          IntStream.range(0, SESSIONS)
              .mapToObj(
                  i ->
                      Fixture.async(() -> i % 2 == 0 ? wire2(relay, sizes) : classic(relay, sizes)))
              .toList();
      for (Future<Boolean> one : all) {
        assertThat(Fixture.join(one)).isTrue();
      }
    }
  }

  private static boolean wire2(HydraServer relay, List<Integer> sizes) throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      try (HydraProducer producer = Fixture.produce(relay.address(), session)) {
        ClassicPeer.send(producer, sizes);
      }
      return ClassicPeer.receive(consumer).equals(ClassicPeer.reports(sizes));
    }
  }

  private static boolean classic(HydraServer relay, List<Integer> sizes) throws Exception {
    SessionSecrets session = ClassicPeer.session();
    try (PeerProcess consumer = ClassicPeer.consumer(relay.address(), session);
        PeerProcess producer = ClassicPeer.producer(relay.address(), session, sizes)) {
      producer.assertEndsWell();
      return ClassicPeer.reportsOf(consumer, 1).equals(List.of(ClassicPeer.reports(sizes)));
    }
  }
}
