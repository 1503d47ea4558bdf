package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.server.internal.limits.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A log of packets of one size: all that is asked of it is arithmetic. */
class PacketLogTest {
  private final MemoryBudget budget = new MemoryBudget(1 << 28);

  @ParameterizedTest
  @CsvSource({"29, 64", "44, 64", "64, 64", "65, 64", "1000, 64", "44, 4096", "4096, 4096"})
  void publishesWholePacketsAndFindsThem(int packet, int segment) {
    Random random = new Random(packet + segment);
    SessionLog log = new SessionLog(TestFrames.limits(segment), budget, packet);
    LogParser parser = new LogParser(log, new PacketFraming(packet));
    byte[] all = new byte[50 * packet + 17];
    random.nextBytes(all);
    int fed = 0;
    while (fed < all.length) {
      int n = Math.min(all.length - fed, 1 + random.nextInt(3 * packet));
      feed(log, parser, Unpooled.wrappedBuffer(all, fed, n));
      fed += n;
      assertThat(log.published()).isEqualTo(fed / packet * packet);
      assertThat(log.received()).isEqualTo(fed);
      assertFindsBoundaries(log, packet, random);
      if (random.nextInt(8) == 0) {
        log.trim(random.nextInt((int) log.published() + 1));
      }
    }
    long from = log.oldestPosition();
    int length = (int) (log.published() - from);
    assertThat(log.reader(from).copy(from, length))
        .isEqualTo(Arrays.copyOfRange(all, (int) from, (int) from + length));
    log.finish();
    assertThat(log.received()).as("a part of a packet is thrown away").isEqualTo(50L * packet);
    log.close();
    assertThat(budget.used()).isZero();
  }

  private static void feed(SessionLog log, LogParser parser, ByteBuf in) {
    while (in.isReadable()) {
      if (log.room() == 0) {
        assertThat(log.grow()).isTrue();
      }
      log.copy(in);
      parser.parse(record -> true);
    }
  }

  private static void assertFindsBoundaries(SessionLog log, int packet, Random random) {
    long oldest = log.oldestPosition();
    assertThat(oldest).isBetween(log.start(), Math.max(log.start(), log.published()));
    assertThat(oldest % packet == 0 || oldest == log.published()).isTrue();
    if (oldest < log.published()) {
      long at = oldest + random.nextInt((int) (log.published() - oldest));
      long next = (at + packet - 1) / packet * packet;
      assertThat(log.boundaryFrom(log.segmentOf(at), at)).isEqualTo(next);
      assertThat(log.indexedBoundary(at)).isEqualTo(next);
      assertThat(log.placeAt(next)).isEqualTo(new SessionLog.Place(next, null, 0, false));
      assertThat(log.holdsWholeFrame(at, at + packet - 1)).isFalse();
      assertThat(log.holdsWholeFrame(at, at + packet)).isTrue();
    }
  }

  /** Nothing is kept of packets: a segment full of them has no mark. */
  @ParameterizedTest
  @CsvSource({"29", "44"})
  void keepsNothingPerPacket(int packet) {
    SessionLog log = new SessionLog(TestFrames.limits(1 << 20), budget, packet);
    LogParser parser = new LogParser(log, new PacketFraming(packet));
    feed(log, parser, Unpooled.wrappedBuffer(new byte[1000 * packet]));

    Segment segment = log.segmentOf(0);
    assertThat(segment.firstFrame).isEqualTo(-1);
    assertThat(segment.marks.atOrBelow(999L * packet)).isNull();
    log.close();
  }
}
