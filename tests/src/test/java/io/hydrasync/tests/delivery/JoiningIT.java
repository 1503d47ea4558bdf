package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.Credential;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.OwnerKey;
import io.hydrasync.protocol.ReceiveTimeoutException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionId;
import io.hydrasync.protocol.SessionKey;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class JoiningIT {
  private static final byte[] FIRST = {1};
  private static final byte[] SECOND = {2};
  private static final byte[] THIRD = {3};

  @Test
  void givesAConsumerThatCameBeforeTheProducerEverything() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      Future<List<byte[]>> received = Fixture.async(() -> Fixture.receiveAll(consumer));
      try (HydraProducer producer = Fixture.produce(relay.address(), session)) {
        producer.broadcast(FIRST);
        producer.broadcast(SECOND);
      }

      assertThat(Fixture.join(received)).containsExactly(FIRST, SECOND);
    }
  }

  @Test
  void givesALiveConsumerOnlyWhatComesAfterIt() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session)) {
      producer.broadcast(FIRST);
      Await.until("the relay has the first", () -> producer.acknowledged() >= 1);
      try (HydraConsumer live =
          HydraConsumer.builder(relay.address(), session)
              .start(HydraConsumer.Start.LIVE)
              .connect()) {
        producer.broadcast(SECOND);
        producer.close();

        assertThat(Fixture.receiveAll(live)).containsExactly(SECOND);
      }
    }
  }

  @Test
  void givesAConsumerThatCameAfterTheEndWhatIsRetained() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      try (HydraProducer producer = Fixture.produce(relay.address(), session)) {
        producer.write(FIRST);
        producer.write(SECOND);
      }
      try (HydraConsumer late = Fixture.consume(relay.address(), session)) {
        assertThat(Fixture.receiveAll(late)).containsExactly(FIRST, SECOND);
        assertThat(late.isEnded()).isTrue();
      }
      try (HydraConsumer live =
          HydraConsumer.builder(relay.address(), session)
              .start(HydraConsumer.Start.LIVE)
              .connect()) {
        assertThat(live.receive()).as("a live joiner after the end gets the end").isNull();
      }
    }
  }

  @Test
  void forgetsTheSessionAfterTheLinger() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.builder().linger(Duration.ofMillis(50)).bind()) {
      Fixture.produce(relay.address(), session).close();
      Await.until("the session is forgotten", () -> relay.sessions() == 0);

      Await.until("its memory has come back", () -> relay.logMemoryBytes() == 0);
      assertThatThrownBy(
              () ->
                  HydraConsumer.builder(relay.address(), session).waitForProducer(false).connect())
          .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.NO_SESSION);
    }
  }

  @Test
  void tellsAConsumerOfTheNextStreamThatTheFirstHadNoEnd() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      HydraProducer first = Fixture.produce(relay.address(), session);
      try (HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
        first.broadcast(FIRST);
        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(FIRST);
        try (HydraProducer second = Fixture.produce(relay.address(), session)) {
          second.broadcast(SECOND);

          assertThatThrownBy(consumer::receive).isInstanceOf(TruncatedException.class);
          assertThat(Fixture.bytes(consumer.receive())).isEqualTo(SECOND);
          assertThatThrownBy(() -> first.broadcast(THIRD))
              .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
              .extracting(HydraException::code)
              .isEqualTo(ErrorCode.REPLACED);
        }
      }
    }
  }

  @Test
  void keepsASecondProducerOutOfAPlainSession() {
    SecureRandom random = new SecureRandom();
    byte[] id = new byte[64];
    random.nextBytes(id);
    SessionSecrets session = new SessionSecrets(SessionId.of(id), SessionKey.generate(random));
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer first = Fixture.produce(relay.address(), session)) {
      assertThatThrownBy(() -> Fixture.produce(relay.address(), session))
          .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.PRODUCER_EXISTS);
      first.broadcast(FIRST);
    }
  }

  @Test
  void keepsAnotherOwnerOutOfAnOwnedSession() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      OwnerKey stranger = OwnerKey.generate(new SecureRandom());

      assertThatThrownBy(() -> new SessionSecrets(session.id(), session.key(), stranger))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () ->
                  HydraProducer.connect(
                      relay.address(), session.id().toBytes(), session.key().secretBytes()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void asksForTheCredentialThatTheRoleNeeds() {
    SecureRandom random = new SecureRandom();
    Credential producing = Credential.generate(random);
    Credential consuming = Credential.generate(random);
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
        HydraServer.builder()
            .credential(producing, Set.of(Role.PRODUCER))
            .credential(consuming, Set.of(Role.CONSUMER))
            .bind()) {
      assertThatThrownBy(() -> Fixture.produce(relay.address(), session))
          .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.UNAUTHORIZED);
      assertThatThrownBy(
              () -> HydraProducer.builder(relay.address(), session).credential(consuming).connect())
          .asInstanceOf(InstanceOfAssertFactories.type(HydraException.class))
          .extracting(HydraException::code)
          .isEqualTo(ErrorCode.UNAUTHORIZED);
      try (HydraProducer producer =
              HydraProducer.builder(relay.address(), session).credential(producing).connect();
          HydraConsumer consumer =
              HydraConsumer.builder(relay.address(), session).credential(consuming).connect()) {
        producer.broadcast(FIRST);

        assertThat(Fixture.bytes(consumer.receive())).isEqualTo(FIRST);
      }
    }
  }

  @Test
  void givesUpWaitingAtTheDeadlineAndLosesNothing() {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      assertThatThrownBy(() -> consumer.receive(Duration.ofMillis(20)))
          .isInstanceOf(ReceiveTimeoutException.class);
      producer.broadcast(FIRST);

      assertThat(Fixture.bytes(consumer.receive(Duration.ofSeconds(30)))).isEqualTo(FIRST);
    }
  }

  @Test
  void tellsTheProducerHowManyConsumersThereAre() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = Fixture.produce(relay.address(), session)) {
      HydraConsumer one = Fixture.consume(relay.address(), session);
      HydraConsumer two = Fixture.consume(relay.address(), session);
      assertThat(producer.awaitConsumers(2, Duration.ofSeconds(30))).isTrue();
      one.close();
      two.close();
      Await.until("nobody is left", () -> producer.consumers() == 0);
    }
  }

  @Test
  void endsAClosedConsumersReceive() throws Exception {
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay = HydraServer.bindDefault()) {
      HydraConsumer consumer = Fixture.consume(relay.address(), session);
      Future<List<byte[]>> received = Fixture.async(() -> Fixture.receiveAll(consumer));
      consumer.close();

      assertThatThrownBy(() -> Fixture.join(received)).isInstanceOf(ClosedException.class);
    }
  }
}
