package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.ClosedException;
import io.hydrasync.protocol.wire.Frames;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** {@code flush} with a time beside other calls of the same producer. */
class ProducerFlushTest {
  private static final int ROUNDS = 300;

  @Test
  void flushEndsWhateverAnotherThreadLooksAt() throws Exception {
    try (ProducerHarness harness = new ProducerHarness()) {
      HydraProducer producer = harness.connect(harness.builder().linger(Duration.ofHours(1)));
      AtomicBoolean over = new AtomicBoolean();
      Caller relay = Caller.repeatedly(ThreadKind.PLATFORM, i -> acknowledgeNext(harness));
      Caller watcher =
          Caller.once(
              ThreadKind.PLATFORM,
              i -> {
                while (!over.get()) {
                  producer.unacknowledgedBytes();
                }
              });
      try {
        for (int i = 0; i < ROUNDS; i++) {
          producer.write(new byte[7]);
          assertThat(producer.flush(Duration.ofSeconds(10))).as("round %d", i).isTrue();
        }
      } finally {
        over.set(true);
      }
      assertThat(watcher.join().thrown()).isNull();
      assertThat(relay.isDone()).as("the relay goes on").isFalse();
    }
  }

  @Test
  void flushThatWaitsForAnotherThreadEndsWhenTheProducerIsClosed() throws Exception {
    try (ProducerHarness harness = new ProducerHarness()) {
      HydraProducer producer = harness.connect(harness.builder());
      Caller.repeatedly(ThreadKind.PLATFORM, i -> producer.broadcast(new byte[64 << 10]))
          .awaitStuckInSocket();
      Caller flushing =
          Caller.once(ThreadKind.PLATFORM, i -> producer.flush(Duration.ofHours(1)))
              .awaitStuckIn("ReentrantLock");
      Caller closing = Caller.once(ThreadKind.PLATFORM, i -> producer.close());

      assertThat(flushing.join().thrown()).isInstanceOf(ClosedException.class);
      assertThat(closing.isDone()).as("the relay still takes nothing").isFalse();
    }
  }

  private static void acknowledgeNext(ProducerHarness harness) throws Exception {
    byte[] frame = harness.peer.relayed();
    harness.acknowledge(Frames.u64(frame, Frames.SEQ_OFFSET) + 1, 0);
  }
}
