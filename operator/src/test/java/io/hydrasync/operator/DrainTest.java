package io.hydrasync.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.client.ProducerState;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.HydraException;
import io.hydrasync.protocol.Role;
import io.hydrasync.protocol.SessionSecrets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DrainTest {
  private static final Duration BOUND = Duration.ofSeconds(20);

  private final OperatedRelay relay = new OperatedRelay();

  @AfterEach
  void close() {
    relay.close();
  }

  @Test
  void takesNoNewSessionWhileThoseThatAreThereGoOn() {
    HydraProducer producer = relay.producer();
    HydraConsumer consumer = relay.consumer();

    relay.server.drain(Duration.ofMinutes(1), BOUND);

    assertThat(relay.server.operator().isReady()).isFalse();
    assertThat(relay.server.operator().status().state()).isEqualTo("draining");
    assertThatThrownBy(
            () -> HydraProducer.connect(relay.server.address(), SessionSecrets.generate()))
        .isInstanceOfSatisfying(
            HydraException.class,
            problem -> assertThat(problem.code()).isEqualTo(ErrorCode.SHUTDOWN));
    producer.broadcast(new byte[7]);
    assertThat(consumer.receive().remaining()).isEqualTo(7);
    assertThat(relay.consumer()).isNotNull();
  }

  @Test
  void deliversWhatItHasAcknowledgedBeforeItCloses() throws Exception {
    HydraProducer producer = relay.producer();
    HydraConsumer slow = relay.consumer();
    int messages = 600; // 38 MiB, far more than sockets take
    for (int i = 0; i < messages; i++) {
      producer.broadcast(new byte[64 << 10]);
    }
    producer.flush(Duration.ofSeconds(20));

    CompletableFuture<Boolean> drained = relay.server.drain(Duration.ZERO, BOUND);
    int got = 0;
    HydraException end = null;
    while (end == null) {
      try {
        slow.receive();
        got++;
      } catch (HydraException e) {
        end = e;
      }
    }

    assertThat(got).isEqualTo(messages);
    assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(relay.server.logMemoryBytes()).isZero();
  }

  @Test
  void endsWithinItsBoundThoughAConsumerDoesNotRead() throws Exception {
    HydraProducer producer = relay.producer();
    relay.consumer();
    for (int i = 0; i < 600; i++) {
      producer.broadcast(new byte[64 << 10]);
    }
    long began = System.nanoTime();

    boolean orderly =
        relay.server.drain(Duration.ZERO, Duration.ofSeconds(1)).get(30, TimeUnit.SECONDS);

    assertThat(orderly).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void tellsConsumersBeforeProducers() throws Exception {
    CompletableFuture<Integer> consumersThen = new CompletableFuture<>();
    HydraProducer producer =
        HydraProducer.builder(relay.server.address(), relay.session)
            .onStateChange(
                state -> {
                  if (state != ProducerState.CONNECTED) {
                    consumersThen.complete(
                        relay.server.operator().status().connections().get(Role.CONSUMER));
                  }
                })
            .connect();
    HydraConsumer consumer = relay.consumer();

    CompletableFuture<Boolean> drained = relay.server.drain(Duration.ZERO, BOUND);

    assertThatThrownBy(consumer::receive).isInstanceOf(HydraException.class);
    assertThat(consumersThen.get(30, TimeUnit.SECONDS)).isZero();
    assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();
    producer.abort();
  }
}
