package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochsTest {
  private static final int OPERATIONS = 4_000;
  private static final int EPOCHS_LIMIT = 3 * Epoch.HEAP_BYTES;

  private final MemoryBudget budget = new MemoryBudget(1 << 28);
  private final Map<Long, byte[]> heads = new HashMap<>();
  private SessionLog log = new SessionLog(TestFrames.limits(200), budget);
  private LogParser parser = newParser();
  private long epoch;
  private long next;
  @TempDir private Path folder;

  @AfterEach
  void givesAllMemoryBack() {
    log.trimSpilled(Long.MAX_VALUE).forEach(SpillFile::delete);
    log.close();
    assertThat(budget.used()).isZero();
    assertThat(budget.epochs().used()).isZero();
  }

  private LogParser newParser() {
    return new LogParser(
        log,
        new Wire2Framing(log, TestFrames.plainSession(), TestFrames.MAX_FRAME, true, head -> {}));
  }

  private void feed(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    while (in.isReadable()) {
      if (log.room() == 0) {
        assertThat(log.grow()).isTrue();
      }
      log.copy(in);
    }
    parser.parse(record -> true);
  }

  private void feedHead() {
    epoch++;
    byte[] head = TestFrames.head(epoch, epoch, 0);
    new Random(epoch).nextBytes(head); // salt and commitment are any bytes
    byte[] fields = TestFrames.head(epoch, epoch, 0);
    System.arraycopy(fields, 0, head, 0, Head.FLAGS_END);
    head[Head.FIELDS_END - 2] = 0;
    head[Head.FIELDS_END - 1] = 0;
    heads.put(epoch, head);
    next = 0;
    feed(head);
  }

  private void assertAllHeadsAreThere(String what) {
    for (Epoch held : log.epochs()) {
      ByteBuf head = log.epochs().head(held);
      assertThat(head).as("%s: HEAD %d", what, held.head.epoch()).isNotNull();
      assertThat(ByteBufUtil.getBytes(head)).as(what).isEqualTo(heads.get(held.head.epoch()));
      head.release();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 97, 200, 1000})
  void findsEveryHeadWhereverItIs(int segmentBytes) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    log = new SessionLog(TestFrames.limits(segmentBytes), budget);
    parser = newParser();
    feedHead();
    for (int i = 0; i < OPERATIONS; i++) {
      String what = "seed " + seed + ", step " + i;
      long held = log.heldStart();
      long somewhere = held + random.nextInt((int) (log.published() - held) + 1);
      switch (random.nextInt(10)) {
        case 0, 1 -> feedHead();
        case 2, 3, 4, 5 -> feed(TestFrames.frame(Frames.DATA, next++, random.nextInt(90), random));
        case 6, 7 -> spillOldest(i);
        case 8 -> {
          log.trimSpilled(somewhere).forEach(SpillFile::delete);
          if (log.heldStart() == log.start()) { // what is on disk goes first
            log.trim(somewhere);
          }
        }
        default -> assertAllHeadsAreThere(what);
      }
      // at most one for what is in memory, and one for what is on disk, beside the segments
      assertThat(budget.used()).as(what).isLessThan(log.allocated() + 3L * 96 + segmentBytes);
    }
  }

  private void spillOldest(int number) throws Exception {
    Segment oldest = log.oldestPublished();
    if (oldest != null) {
      log.spilled(
          SpillFile.write(
              folder.resolve("spill-" + number),
              true,
              oldest.bytes().duplicate().clear(),
              problem -> {}));
    }
  }

  @Test
  void thoseWhoJoinShareACopyUntilAllHaveIt() {
    feedHead();
    feed(TestFrames.frame(Frames.DATA, 0, 10, new Random(1)));
    long before = budget.used();
    Epoch held = log.lastEpoch();

    ByteBuf first = log.epochs().head(held);
    first.skipBytes(50); // half of it is written
    ByteBuf second = log.epochs().head(held);

    assertThat(second.readableBytes()).isEqualTo(held.headLength);
    assertThat(budget.used()).isEqualTo(before + held.headLength);
    first.release();
    assertThat(budget.used()).isEqualTo(before + held.headLength);
    second.release();
    assertThat(budget.used()).isEqualTo(before);
  }

  @Test
  void aHeadThatThereIsNoHeapForWaitsAndComesIn() {
    MemoryBudget small = new MemoryBudget(1 << 20, EPOCHS_LIMIT);
    SessionLog other = new SessionLog(TestFrames.limits(200), small);
    assertThat(small.epochs().tryReserve(EPOCHS_LIMIT)).isTrue();
    log = new SessionLog(TestFrames.limits(200), small);
    parser = newParser();
    // two it may have whatever others hold
    feedHead();
    feedHead();
    assertThat(parser.isHeldUp()).isFalse();
    feedHead();
    feed(TestFrames.frame(Frames.DATA, 0, 10, new Random(1)));
    assertThat(parser.isHeldUp()).isTrue();
    assertThat(log.lastEpoch().head.epoch()).isEqualTo(2);

    small.epochs().release(EPOCHS_LIMIT);
    parser.parse(record -> true);

    assertThat(parser.isHeldUp()).isFalse();
    assertThat(log.lastEpoch().head.epoch()).isEqualTo(3);
    assertThat(log.lastEpoch().next).isEqualTo(1);
    other.close();
    log.close();
    assertThat(small.epochs().used()).isZero();
  }

  @Test
  void aSegmentFullOfHeadsIsEndedSoThatItCanGo() {
    log = new SessionLog(TestFrames.limits(1 << 20), budget);
    parser = newParser();
    for (int i = 0; i < Epochs.MOST_IN_SEGMENT; i++) {
      feedHead();
    }
    assertThat(parser.isHeldUp()).isFalse();
    feedHead();
    assertThat(parser.isHeldUp()).isTrue();
    assertThat(log.oldestPublished()).isNull();

    assertThat(log.split()).isTrue();
    parser.parse(record -> true);

    assertThat(parser.isHeldUp()).isFalse();
    assertThat(log.lastEpoch().head.epoch()).isEqualTo(Epochs.MOST_IN_SEGMENT + 1);
    assertThat(log.trim(log.published())).isEqualTo(96L * Epochs.MOST_IN_SEGMENT);
    assertThat(log.epochs().count()).isEqualTo(1);
    assertAllHeadsAreThere("behind the split");
  }

  @Test
  void anEpochNeedsAReservation() {
    byte[] head = TestFrames.head(1, 1, 0);
    Epoch held = new Epoch(Head.fields(head, head.length, false), head.length, new byte[8], 0);
    assertThatThrownBy(() -> log.epochs().add(held)).isInstanceOf(IllegalStateException.class);
  }
}
