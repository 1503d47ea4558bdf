package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.Position;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.RelayKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.UnsupportedByWireException;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.peer.ClassicPeer;
import io.hydrasync.tests.support.Fixture;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the classic wire does not have is refused, and not left out in silence. */
class ClassicLimitsIT {
  /** Whoever tried to connect would fail in another way. */
  private static final InetSocketAddress NOWHERE =
      InetSocketAddress.createUnresolved("nowhere.invalid", 1);

  private static final SessionSecrets SESSION = ClassicPeer.session();

  private static HydraProducer.Builder producer() {
    return HydraProducer.builder(NOWHERE, SESSION);
  }

  private static HydraConsumer.Builder consumer() {
    return HydraConsumer.builder(NOWHERE, SESSION);
  }

  static Stream<Arguments> producers() throws Exception {
    Credential credential = Credential.generate(new SecureRandom());
    return Stream.of(
        Arguments.of("owner", HydraProducer.builder(NOWHERE, SessionSecrets.generate())),
        Arguments.of("credential", producer().credential(credential)),
        Arguments.of("relay key", producer().relayKey(aRelayKey())),
        Arguments.of("known relays", producer().knownRelays(Path.of("relays"))),
        Arguments.of("ring", producer().ring(1 << 20)),
        Arguments.of("overflow", producer().overflow(Overflow.SPILL)),
        Arguments.of("reconnecting", producer().reconnectTimeout(Duration.ofSeconds(1))),
        Arguments.of("last epoch", producer().lastEpochFile(Path.of("epoch"))));
  }

  static Stream<Arguments> consumers() throws Exception {
    Credential credential = Credential.generate(new SecureRandom());
    return Stream.of(
        Arguments.of("credential", consumer().credential(credential)),
        Arguments.of("relay key", consumer().relayKey(aRelayKey())),
        Arguments.of("start", consumer().start(HydraConsumer.Start.LIVE)),
        Arguments.of("position", consumer().position(aPosition())),
        Arguments.of("waiting", consumer().waitForProducer(false)),
        Arguments.of("gaps", consumer().onGap(gap -> {})),
        Arguments.of("stalls", consumer().onStall(stall -> {})),
        Arguments.of("overflow", consumer().overflow(Overflow.SKIP)),
        Arguments.of("reconnecting", consumer().reconnectTimeout(Duration.ofSeconds(1))));
  }

  private static RelayKey aRelayKey() {
    try (HydraServer relay = HydraServer.bindDefault()) {
      return relay.relayKey();
    }
  }

  private static Position aPosition() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      producer.broadcast(new byte[1]);
      consumer.receive();
      return consumer.position().orElseThrow();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("producers")
  void refusesAProducerThatWantsMore(String what, HydraProducer.Builder builder) {
    assertThatThrownBy(() -> builder.wire(Wire.CLASSIC).connect())
        .isInstanceOf(UnsupportedByWireException.class);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("consumers")
  void refusesAConsumerThatWantsMore(String what, HydraConsumer.Builder builder) {
    assertThatThrownBy(() -> builder.wire(Wire.CLASSIC).connect())
        .isInstanceOf(UnsupportedByWireException.class);
  }

  @Test
  void throwsWhereAnAnswerOfTheRelayWouldBeNeeded() {
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = ClassicPeer.ourProducer(relay.address(), SESSION);
        HydraConsumer consumer = ClassicPeer.ourConsumer(relay.address(), SESSION)) {
      List<ThrowingCallable> calls =
          List.of(
              () -> producer.tryBroadcast(new byte[1]),
              () -> producer.flush(Duration.ofSeconds(1)),
              producer::consumers,
              () -> producer.awaitConsumers(1, Duration.ofSeconds(1)),
              producer::acknowledged,
              producer::relayKey,
              consumer::relayKey);
      assertThat(calls)
          .allSatisfy(
              call -> assertThatThrownBy(call).isInstanceOf(UnsupportedByWireException.class));
      producer.broadcast(new byte[] {7});

      assertThat(Fixture.bytes(ClassicPeer.next(consumer)))
          .as("none of it harms")
          .containsExactly(7);
    }
  }
}
