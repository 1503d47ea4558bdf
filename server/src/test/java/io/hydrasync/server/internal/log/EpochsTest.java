package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.hydrasync.server.internal.spill.SpillFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
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

  private final Map<Long, byte[]> heads = new HashMap<>();
  private FedLog fed = new FedLog(200);
  private SessionLog log = fed.log;
  private long epoch;
  private long next;
  @TempDir private Path folder;

  @AfterEach
  void givesAllMemoryBack() {
    fed.close();
  }

  /** Instead of the one that there was. */
  private void feedsAnother(FedLog next) {
    fed.close();
    fed = next;
    log = next.log;
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
    fed.feed(head);
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
    feedsAnother(new FedLog(segmentBytes));
    feedHead();
    for (int i = 0; i < OPERATIONS; i++) {
      String what = "seed " + seed + ", step " + i;
      long held = log.heldStart();
      long somewhere = held + random.nextInt((int) (log.published() - held) + 1);
      switch (random.nextInt(10)) {
        case 0, 1 -> feedHead();
        case 2, 3, 4, 5 ->
            fed.feed(TestFrames.frame(Frames.DATA, next++, random.nextInt(90), random));
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
      assertThat(fed.budget.used()).as(what).isLessThan(log.allocated() + 3L * 96 + segmentBytes);
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
    fed.feed(TestFrames.frame(Frames.DATA, 0, 10, new Random(1)));
    long before = fed.budget.used();
    Epoch held = log.lastEpoch();

    ByteBuf first = log.epochs().head(held);
    first.skipBytes(50); // half of it is written
    ByteBuf second = log.epochs().head(held);

    assertThat(second.readableBytes()).isEqualTo(held.headLength);
    assertThat(fed.budget.used()).isEqualTo(before + held.headLength);
    first.release();
    assertThat(fed.budget.used()).isEqualTo(before + held.headLength);
    second.release();
    assertThat(fed.budget.used()).isEqualTo(before);
  }

  @Test
  void aHeadThatThereIsNoHeapForWaitsAndComesIn() {
    MemoryBudget small = new MemoryBudget(1 << 20, EPOCHS_LIMIT);
    assertThat(small.epochs().tryReserve(EPOCHS_LIMIT)).isTrue();
    feedsAnother(new FedLog(200, small));
    // two it may have whatever others hold
    feedHead();
    feedHead();
    assertThat(fed.parser.isHeldUp()).isFalse();
    feedHead();
    fed.feed(TestFrames.frame(Frames.DATA, 0, 10, new Random(1)));
    assertThat(fed.parser.isHeldUp()).isTrue();
    assertThat(log.lastEpoch().head.epoch()).isEqualTo(2);

    small.epochs().release(EPOCHS_LIMIT);
    fed.parser.parse(record -> true);

    assertThat(fed.parser.isHeldUp()).isFalse();
    assertThat(log.lastEpoch().head.epoch()).isEqualTo(3);
    assertThat(log.lastEpoch().next).isEqualTo(1);
  }

  @Test
  void aSegmentFullOfHeadsIsEndedSoThatItCanGo() {
    feedsAnother(new FedLog(1 << 20));
    for (int i = 0; i < Epochs.MOST_IN_SEGMENT; i++) {
      feedHead();
    }
    assertThat(fed.parser.isHeldUp()).isFalse();
    feedHead();
    assertThat(fed.parser.isHeldUp()).isTrue();
    assertThat(log.oldestPublished()).isNull();

    assertThat(log.split()).isTrue();
    fed.parser.parse(record -> true);

    assertThat(fed.parser.isHeldUp()).isFalse();
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
