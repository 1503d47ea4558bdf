package io.hydrasync.tests.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.client.HydraConsumer;
import io.hydrasync.client.HydraProducer;
import io.hydrasync.protocol.SessionSecrets;
import io.hydrasync.server.HydraServer;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is idle, slow or blocked is not taken for dead. */
@Tag("any-jdk")
class LivenessIT {
  private static final int MIB = 1 << 20;

  /** Lets time pass, which is what these tests are about. */
  private static void pass(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Test
  void keepsClientsThatAreIdleBusyElsewhereOrBlockedForLongerThanTheIdleTimeout() throws Exception {
    Duration beat = Duration.ofSeconds(2);
    Duration idle = beat.multipliedBy(3);
    int blocks = 512;
    SessionSecrets quiet = SessionSecrets.generate();
    SessionSecrets full = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .idleTimeout(idle)
                .capacity(8 * MIB)
                .retention(MIB)
                .maxFrame(MIB)
                .bind();
        HydraProducer idleProducer =
            HydraProducer.builder(relay.address(), quiet).heartbeat(beat).connect();
        HydraConsumer idleConsumer =
            HydraConsumer.builder(relay.address(), quiet).heartbeat(beat).connect();
        HydraProducer blockedProducer =
            HydraProducer.builder(relay.address(), full).heartbeat(beat).connect();
        HydraConsumer busyConsumer =
            HydraConsumer.builder(relay.address(), full).heartbeat(beat).connect()) {
      Future<Integer> sent = flood(blockedProducer, blocks, 64 << 10);
      Await.until("the log is full", () -> relay.logMemoryBytes() > 6 * MIB);
      pass(idle.plusSeconds(4));
      assertThat(relay.connections()).isEqualTo(4);
      assertThat(sent.isDone()).as("the producer waits").isFalse();
      idleProducer.broadcast(new byte[] {7});
      assertThat(Fixture.bytes(idleConsumer.receive())).containsExactly(7);
      for (int i = 0; i < blocks; i++) {
        assertThat(busyConsumer.receive().getInt()).isEqualTo(i);
      }

      assertThat(Fixture.join(sent)).isEqualTo(blocks);
    }
  }

  private static Future<Integer> flood(HydraProducer producer, int blocks, int size) {
    return Fixture.async(
        () -> {
          for (int i = 0; i < blocks; i++) {
            producer.broadcast(ByteBuffer.allocate(size).putInt(0, i));
          }
          return blocks;
        });
  }

  @Test
  void doesNotDropAConsumerThatIsSlowButSteady() throws Exception {
    // 1 MiB per stallTimeout is what is asked for: this one takes four times that, in small steps.
    // Not twice: sockets let go in steps of more than 1 MiB, and the machine may be busy.
    Duration stall = Duration.ofSeconds(2);
    int block = 32 << 10;
    int blocks = 10 * MIB / block;
    SessionSecrets session = SessionSecrets.generate();
    try (HydraServer relay =
            HydraServer.builder()
                .stallTimeout(stall)
                .capacity(4 * MIB)
                .retention(0)
                .maxFrame(MIB)
                .bind();
        HydraProducer producer = Fixture.produce(relay.address(), session);
        HydraConsumer slow = Fixture.consume(relay.address(), session)) {
      Future<Integer> sent = flood(producer, blocks, block);
      long began = System.nanoTime();
      for (int i = 0; i < blocks; i++) {
        assertThat(slow.receive().getInt()).isEqualTo(i);
        long due = began + TimeUnit.SECONDS.toNanos(1) * i * block / (2 * MIB);
        pass(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
      }

      assertThat(Fixture.join(sent)).isEqualTo(blocks);
      assertThat(producer.consumers()).isEqualTo(1);
    }
  }
}
