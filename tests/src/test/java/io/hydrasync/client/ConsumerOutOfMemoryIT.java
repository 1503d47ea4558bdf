package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hydrasync.protocol.ConnectionException;
import io.hydrasync.protocol.ErrorCode;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * A consumer that meets an OutOfMemoryError behind the verifier, which has counted the frame as
 * delivered: it says so, and another one goes on with that frame.
 */
class ConsumerOutOfMemoryIT {
  private final SessionSecrets session = SessionSecrets.generate();
  private final AtomicBoolean full = new AtomicBoolean();
  private Error error = new OutOfMemoryError("as if the heap were full");

  /** The clock of stalls is looked at behind the verifier: there may be no memory there. */
  private long nanos() {
    if (full.get()) {
      for (StackTraceElement caller : Thread.currentThread().getStackTrace()) {
        if (caller.getMethodName().equals("takeFrame")) {
          throw error;
        }
      }
    }
    return System.nanoTime();
  }

  /** Where there is no memory to tell what has happened, not even to link what would tell it. */
  private static final class Untold extends Error {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
      throw new NoClassDefFoundError("as if there were no memory to link it");
    }
  }

  private HydraConsumer.Builder consumer(HydraServer relay) {
    return HydraConsumer.builder(relay.address(), session);
  }

  private static byte next(HydraConsumer consumer) {
    ByteBuffer message = consumer.receive();
    assertThat(message).isNotNull();
    return message.get();
  }

  @Test
  void doesNotLoseTheMessageThatItWasTaking() {
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = HydraProducer.connect(relay.address(), session);
        HydraConsumer consumer = consumer(relay).clock(this::nanos).connect()) {
      for (byte i = 0; i < 3; i++) {
        producer.broadcast(new byte[] {i});
      }
      assertThat(next(consumer)).isZero();
      Position before = consumer.position().orElseThrow();

      full.set(true);
      Throwable problem = catchThrowable(consumer::receive);
      full.set(false);

      assertThat(problem)
          .isInstanceOfSatisfying(
              ConnectionException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL))
          .hasMessageContaining("as if the heap were full")
          .hasCauseInstanceOf(OutOfMemoryError.class);
      assertThat(consumer.position()).contains(before);
      assertThatThrownBy(consumer::receive).as("it has ended").isSameAs(problem);
      try (HydraConsumer other = consumer(relay).position(before).connect()) {
        assertThat(next(other)).isEqualTo((byte) 1);
        assertThat(next(other)).isEqualTo((byte) 2);
      }
    }
  }

  @Test
  void endsAlsoWhereItCannotSayWhy() {
    error = new Untold();
    try (HydraServer relay = HydraServer.bindDefault();
        HydraProducer producer = HydraProducer.connect(relay.address(), session);
        HydraConsumer consumer = consumer(relay).clock(this::nanos).connect()) {
      producer.broadcast(new byte[] {0});
      producer.broadcast(new byte[] {1});
      assertThat(next(consumer)).isZero();
      Position before = consumer.position().orElseThrow();

      full.set(true);
      Throwable problem = catchThrowable(consumer::receive);
      full.set(false);

      assertThat(problem)
          .isInstanceOf(ConnectionException.class)
          .hasMessage("this consumer cannot go on: out of memory");
      assertThatThrownBy(consumer::receive).as("it has ended").isSameAs(problem);
      assertThat(consumer.position()).contains(before);
    }
  }
}
