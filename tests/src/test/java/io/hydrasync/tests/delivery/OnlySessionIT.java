package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.RelayException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.Wire;
import io.hydrasync.server.ConsumerStatus;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A relay that is for one session. */
class OnlySessionIT {
  private static final byte[] MESSAGE = new byte[100_000];
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final SessionSecrets session = SessionSecrets.generate();
  private final HydraServer relay = HydraServer.builder().onlySession(session.id()).bind();

  @AfterEach
  void stop() {
    relay.close();
  }

  private long published() {
    return relay.operator().sessions(DEADLINE).get(0).publishedBytes();
  }

  @Test
  void refusesEveryOtherSession() {
    SessionSecrets other = SessionSecrets.generate();

    assertThatThrownBy(() -> Fixture.consume(relay.address(), other))
        .as("also to a consumer that would wait")
        .asInstanceOf(InstanceOfAssertFactories.type(RelayException.class))
        .extracting(RelayException::code)
        .isEqualTo(ErrorCode.NO_SESSION);
    assertThatThrownBy(() -> Fixture.produce(relay.address(), other))
        .asInstanceOf(InstanceOfAssertFactories.type(RelayException.class))
        .extracting(RelayException::code)
        .isEqualTo(ErrorCode.NO_SESSION);
    assertThatThrownBy(
            () ->
                HydraConsumer.builder(relay.address(), session)
                    .wire(Wire.CLASSIC)
                    .connect()
                    .receive())
        .as("the crate's wire is not served")
        .isInstanceOf(Exception.class);
    assertThat(relay.operator().consumers()).isEmpty();
    assertThat(relay.sessions()).isZero();
  }

  @Test
  void tellsWhoHasComeAndHowMuchEachHasTaken() {
    HydraProducer producer = Fixture.produce(relay.address(), session);
    producer.broadcast(MESSAGE);
    try (HydraConsumer all = Fixture.consume(relay.address(), session)) {
      try (HydraConsumer left = Fixture.consume(relay.address(), session)) {
        assertThat(left.receive().remaining()).isEqualTo(MESSAGE.length);
      }
      Await.until(
          "the first is gone", () -> relay.operator().consumers().get(1).goneFor().isPresent());
      producer.broadcast(MESSAGE);
      producer.close();
      assertThat(Fixture.receiveAll(all)).hasSize(2);
    }
    Await.until(
        "both are gone",
        () -> relay.operator().consumers().stream().allMatch(one -> one.goneFor().isPresent()));

    List<ConsumerStatus> both = relay.operator().consumers();
    assertThat(both).hasSize(2);
    ConsumerStatus all = both.get(0);
    ConsumerStatus left = both.get(1);
    assertThat(all.takenBytes()).as("it lacks nothing").isEqualTo(published());
    assertThat(left.takenBytes()).isBetween((long) MESSAGE.length, published() - MESSAGE.length);
    assertThat(left.id()).isGreaterThan(all.id());
    assertThat(left.age()).isGreaterThanOrEqualTo(left.goneFor().orElseThrow());
    assertThat(left.goneFor().orElseThrow()).isGreaterThan(all.goneFor().orElseThrow());
    assertThat(all.peer()).startsWith("127.0.0.1:");
  }

  @Test
  void tellsHowFarAConsumerIsThatIsThere() {
    try (HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      producer.broadcast(MESSAGE);
      consumer.receive();

      Await.until(
          "it has been given all",
          () -> relay.operator().consumers().get(0).takenBytes() == published());
      assertThat(relay.operator().consumers().get(0).goneFor()).isEmpty();
    }
  }

  @Test
  void otherRelaysKeepNoRecordOfWhoCame() {
    try (HydraServer usual = HydraServer.bindDefault();
        HydraConsumer consumer = Fixture.consume(usual.address(), session)) {
      assertThat(consumer.isEnded()).isFalse();
      assertThat(usual.operator().consumers()).isEmpty();
    }
  }
}
