package io.hydrasync.tests.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.protocol.TruncatedException;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Producers that leave a session to the next one, and what is not acknowledged. */
class LeavingIT {
  private static final int MIB = 1 << 20;

  private final SessionSecrets session = SessionSecrets.generate();

  @Test
  void handsTheSessionToTheNextProducerWithoutAGap() {
    try (HydraServer relay = HydraServer.bindDefault();
        HydraConsumer consumer = Fixture.consume(relay.address(), session)) {
      try (HydraProducer first = Fixture.produce(relay.address(), session)) {
        first.write("one".getBytes(UTF_8));
        first.leave();
        first.leave();
        assertThatThrownBy(() -> first.write(new byte[1])).isInstanceOf(ClosedException.class);
      }
      try (HydraProducer second = Fixture.produce(relay.address(), session)) {
        second.write("two".getBytes(UTF_8));
      }

      // an exception for a gap or a truncation would come in between
      assertThat(Fixture.receiveAll(consumer))
          .containsExactly("one".getBytes(UTF_8), "two".getBytes(UTF_8));
    }
  }

  @Test
  void isNoEndOfTheSession() {
    try (HydraServer relay = HydraServer.builder().linger(Duration.ofMillis(200)).bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer consumer =
            HydraConsumer.builder(relay.address(), session).waitForProducer(false).connect()) {
      producer.broadcast("one".getBytes(UTF_8));
      producer.leave();

      assertThat(Fixture.bytes(consumer.receive())).isEqualTo("one".getBytes(UTF_8));
      assertThatThrownBy(consumer::receive).isInstanceOf(TruncatedException.class);
    }
  }

  @Test
  void tellsWhatIsNotAcknowledgedWhileItIsBlocked() throws Exception {
    int blocks = 512; // 32 MiB through a log of 4 MiB
    byte[] block = new byte[64 << 10];
    try (HydraServer relay =
            HydraServer.builder().capacity(4 * MIB).retention(MIB).maxFrame(MIB).bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer slow = Fixture.consume(relay.address(), session)) {
      assertThat(producer.unacknowledgedBytes()).isZero();
      Future<Void> sent =
          Fixture.async(
              () -> {
                for (int i = 0; i < blocks; i++) {
                  producer.broadcast(block);
                }
                return null;
              });

      Await.until(
          "the producer is blocked", () -> producer.unacknowledgedBytes() > 2 * block.length);
      for (int i = 0; i < blocks; i++) {
        assertThat(slow.receive().remaining()).isEqualTo(block.length);
      }
      Fixture.join(sent);
      assertThat(producer.flush(Duration.ofSeconds(30))).isTrue();

      assertThat(producer.unacknowledgedBytes()).isZero();
    }
  }
}
