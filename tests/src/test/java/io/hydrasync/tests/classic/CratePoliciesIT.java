package io.hydrasync.tests.classic;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.Role;
import io.hydrasync.server.HydraServer;
import io.hydrasync.server.RelayStatus;
import io.hydrasync.tests.peer.CratePeer;
import io.hydrasync.tests.peer.CratePeer.End;
import io.hydrasync.tests.support.Await;
import io.hydrasync.tests.support.Fixture;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A consumer of the later wire that does not keep up, with packets of 16 bytes and of 4 MiB, under
 * each policy. What the relay passes on is not sealed here, since it does not look: a packet has
 * its number at its beginning and its end.
 */
@Tag("any-jdk")
class CratePoliciesIT {
  private static final int MIB = 1 << 20;
  private static final int CAPACITY = 16 * MIB;
  private static final int BUDGET = 160 * MIB;
  private static final int SMALL = 16;
  private static final int LARGE = 4 * MIB;

  /** {@code -Dhydra.packets=10000000} for more. */
  private static final int SMALL_PACKETS = Integer.getInteger("hydra.packets", 2_000_000);

  private final byte[] id = CratePeer.random(64);

  /** 88 MB of small packets, 80 MiB of large ones: five times what the log holds. */
  private static int packets(int length) {
    return length == SMALL ? SMALL_PACKETS : 20;
  }

  private static HydraServer relay(Overflow overflow, int length, boolean lossy) {
    return HydraServer.builder()
        .classicPacket(length)
        .classicLossy(lossy)
        .overflow(overflow)
        .capacity(CAPACITY)
        .growLimit(BUDGET / 4)
        .memoryBudget(BUDGET)
        .retention(MIB)
        .segmentSize(256 << 10)
        .sendBuffer(64 << 10)
        .stallTimeout(Duration.ofMinutes(5))
        .bind();
  }

  private static Future<Boolean> flood(CratePeer producer, int length) {
    return Fixture.async(
        () -> {
          int size = length + 28;
          int together = Math.max(1, (64 << 10) / size);
          byte[] block = new byte[together * size];
          for (int i = 0; i < packets(length); ) {
            int n = Math.min(together, packets(length) - i);
            ByteBuffer to = ByteBuffer.wrap(block);
            for (int j = 0; j < n; j++, i++) {
              to.putInt(j * size, i).putInt((j + 1) * size - 4, i);
            }
            producer.write(Arrays.copyOf(block, n * size));
          }
          producer.finish();
          return true;
        });
  }

  /** What a consumer has got. */
  private record Got(int packets, int last, End end) {}

  private static Got drain(CratePeer consumer, int length) throws Exception {
    byte[] packet;
    int count = 0;
    int last = -1;
    while (true) {
      try {
        packet = consumer.read(length + 28);
      } catch (java.io.IOException e) {
        End end = e instanceof java.net.SocketException ? End.RESET : End.FIN;
        if (end == End.FIN) {
          assertThat(e).as("between two packets").hasMessageContaining("after 0 of");
        }
        return new Got(count, last, end);
      }
      int number = ByteBuffer.wrap(packet).getInt();
      assertThat(ByteBuffer.wrap(packet).getInt(length + 24)).as("a whole one").isEqualTo(number);
      assertThat(number).isGreaterThan(last);
      last = number;
      count++;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BACKPRESSURE, 16", "GROW, 16", "SPILL, 16",
    "BACKPRESSURE, 4194304", "GROW, 4194304", "SPILL, 4194304"
  })
  void losesNothing(Overflow overflow, int length) throws Exception {
    try (HydraServer relay = relay(overflow, length, false);
        CratePeer slow = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      slow.joined();
      producer.joined();
      Future<Boolean> sent = flood(producer, length);
      if (overflow == Overflow.SPILL) {
        assertThat(Fixture.join(sent)).as("the producer does not wait").isTrue();
      } else {
        Await.until("the producer waits", () -> isWaiting(relay, overflow));
        assertThat(sent.isDone()).isFalse();
      }
      assertThat(relay.logMemoryBytes()).isLessThanOrEqualTo(BUDGET);

      assertThat(drain(slow, length))
          .isEqualTo(new Got(packets(length), packets(length) - 1, End.FIN));
      assertThat(Fixture.join(sent)).isTrue();
    }
  }

  private static boolean isWaiting(HydraServer relay, Overflow overflow) {
    return relay
            .operator()
            .status()
            .overflows()
            .get(overflow.name().toLowerCase(java.util.Locale.ROOT))
        > 0;
  }

  @ParameterizedTest
  @CsvSource({"DROP, 16", "SKIP, 16", "DROP, 4194304", "SKIP, 4194304"})
  void disconnectsWhoCannotBeTold(Overflow overflow, int length) throws Exception {
    try (HydraServer relay = relay(overflow, length, false);
        CratePeer slow = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      slow.joined();
      producer.joined();
      assertThat(Fixture.join(flood(producer, length))).as("nobody waits").isTrue();

      Got got = drain(slow, length);
      assertThat(got.end).isEqualTo(End.RESET);
      assertThat(got.packets).isLessThan(packets(length));
      assertThat(relay.operator().status().gapFrames()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"16", "4194304"})
  void leavesPacketsOutWhereTheOperatorWantsIt(int length) throws Exception {
    try (HydraServer relay = relay(Overflow.SKIP, length, true);
        CratePeer slow = CratePeer.consumer(relay.address(), 9, id);
        CratePeer fast = CratePeer.consumer(relay.address(), 9, id);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      slow.joined();
      fast.joined();
      producer.joined();
      Future<Got> all = Fixture.async(() -> drain(fast, length));
      assertThat(Fixture.join(flood(producer, length))).as("nobody waits").isTrue();
      assertThat(producer.end(new ByteArrayOutputStream(), 30_000)).isEqualTo(End.FIN);

      Got got = drain(slow, length);
      assertThat(got.end).isEqualTo(End.FIN);
      assertThat(got.last).isEqualTo(packets(length) - 1);
      assertThat(got.packets).isLessThan(packets(length));
      Got others = Fixture.join(all);
      RelayStatus status = relay.operator().status();
      assertThat(status.gapFrames()).isEqualTo(2L * packets(length) - got.packets - others.packets);
      assertThat(status.overflows().get("skip")).isPositive();
      assertThat(relay.logMemoryBytes()).isLessThanOrEqualTo(BUDGET);
    }
  }

  /**
   * Each begins at another packet and takes nothing, so that the rest of each packet stands in some
   * output: more than there is memory for. What others need of that is not waited for.
   */
  @Test
  void whoTakesNothingKeepsNobodysMemory() throws Exception {
    List<CratePeer> stuck = new ArrayList<>();
    try (HydraServer relay = relay(Overflow.SKIP, LARGE, true);
        CratePeer producer = CratePeer.producer(relay.address(), 9, id)) {
      producer.joined();
      byte[] packet = new byte[LARGE + 28];
      for (int i = 0; i < BUDGET / LARGE + 8; i++) {
        CratePeer consumer = CratePeer.consumer(relay.address(), 9, id);
        stuck.add(consumer);
        consumer.joined();
        Future<Boolean> sent =
            Fixture.async(
                () -> {
                  for (int j = 0; j < CAPACITY / LARGE + 2; j++) {
                    producer.write(packet);
                  }
                  return true;
                });
        assertThat(sent).as("nobody waits").succeedsWithin(Duration.ofSeconds(30));
      }
      assertThat(relay.logMemoryBytes()).isLessThanOrEqualTo(BUDGET);
      assertThat(relay.operator().status().connections().get(Role.CONSUMER))
          .as("only as many as must be are disconnected")
          .isGreaterThan(BUDGET / LARGE / 2);
    } finally {
      for (CratePeer consumer : stuck) {
        consumer.close();
      }
    }
  }
}
