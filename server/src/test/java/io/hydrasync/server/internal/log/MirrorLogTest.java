package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.Head;
import io.hydrasync.server.internal.limits.MemoryBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the log of a mirror can do that a producer's need not. */
class MirrorLogTest {
  private static final Random RANDOM = new Random(11);
  private static final long STREAM = 3;

  private final MemoryBudget budget = new MemoryBudget(1 << 28);
  private final SessionLog log = new SessionLog(TestFrames.limits(64), budget);
  private final Wire2Framing framing =
      Wire2Framing.asking(log, TestFrames.plainSession(), TestFrames.MAX_FRAME, head -> {});
  private final LogParser parser = new LogParser(log, framing);
  private final List<byte[]> records = new ArrayList<>();
  private boolean pauses;

  @AfterEach
  void givesAllMemoryBack() {
    log.close();
    assertThat(budget.used()).isZero();
  }

  private void feed(byte[]... parts) {
    receive(parts);
    parse();
  }

  private void receive(byte[]... parts) {
    ByteBuf in = Unpooled.wrappedBuffer(parts);
    while (in.isReadable()) {
      if (log.room() == 0) {
        assertThat(log.grow()).isTrue();
      }
      log.copy(in);
    }
  }

  private void parse() {
    parser.parse(
        record -> {
          if (pauses) {
            parser.pause();
          }
          return records.add(record);
        });
  }

  private static byte[] data(long seq) {
    return TestFrames.frame(Frames.DATA, seq, 40, RANDOM);
  }

  /** An epoch whose frames begin somewhere. */
  private void epoch(long epoch, long first, long begins) {
    epoch(TestFrames.head(epoch, STREAM, first), begins);
  }

  private void epoch(byte[] head, long begins) {
    feed(head);
    Head.@Nullable Fields waits = framing.unpermitted();
    assertThat(waits).isNotNull();
    framing.permitHead(begins);
    parse();
  }

  @Test
  void eachHeadWaitsUntilItIsPermitted() {
    byte[] head = TestFrames.head(5, STREAM, 0);
    feed(head, data(0));
    assertThat(parser.isHeldUp()).isTrue();
    assertThat(log.published()).isZero();
    framing.permitHead(0);
    parse();
    assertThat(log.published()).isEqualTo(log.received());
    assertThat(log.lastEpoch().next).isEqualTo(1);
  }

  @Test
  void aHeadThatIsThereAlreadyIsTakenOutAndItsEpochGoesOn() {
    byte[] head = TestFrames.head(5, STREAM, 0);
    epoch(head, 0);
    feed(data(0));
    Wire2Framing next =
        Wire2Framing.asking(log, TestFrames.plainSession(), TestFrames.MAX_FRAME, fields -> {});
    LogParser again = new LogParser(log, next);
    long before = log.published();
    byte[] frame = data(1);
    receive(head, frame);
    again.parse(record -> true);
    assertThat(next.nameOfHeldUp()).isEqualTo(log.lastEpoch().digest());
    next.dropHead(again);
    again.parse(record -> true);
    assertThat(log.published()).isEqualTo(before + frame.length);
    assertThat(log.reader(before).copy(before, frame.length)).isEqualTo(frame);
    assertThat(log.lastEpoch().next).isEqualTo(2);
  }

  @Test
  void whatHasComeBehindAHeadThatWaitsIsTakenOutWhole() {
    epoch(5, 0, 0);
    byte[] head = TestFrames.head(6, STREAM, 9);
    byte[] frame = data(9);
    feed(data(0), TestFrames.record(60, RANDOM), head, frame);
    assertThat(parser.isHeldUp()).isTrue();
    ByteBuf rest = Unpooled.wrappedBuffer(parser.takeRest().toArray(new ByteBuf[0]));
    assertThat(rest).isEqualTo(Unpooled.wrappedBuffer(head, frame));
    assertThat(log.received()).isEqualTo(log.published());
    assertThat(records).hasSize(1);
  }

  @Test
  void aPassEndsBehindARecordThatPausesIt() {
    epoch(5, 0, 0);
    pauses = true;
    byte[] behind = data(1);
    feed(data(0), TestFrames.record(60, RANDOM), behind);
    assertThat(log.lastEpoch().next).isEqualTo(1);
    assertThat(parser.hasPaused()).isTrue();
    assertThat(log.received() - log.published()).isEqualTo(behind.length);
    parse();
    assertThat(log.lastEpoch().next).isEqualTo(2);
    assertThat(parser.hasPaused()).isFalse();
  }

  @Test
  void nobodyIsPlacedInFrontOfAHeadWhoseEpochBeginsLate() {
    epoch(5, 0, 7);
    assertThat(log.oldestPosition()).isEqualTo(log.published());
    feed(data(7), data(8));
    SessionLog.Place oldest = log.placeAt(log.oldestPosition());
    assertThat(oldest.seq()).isEqualTo(7);
    assertThat(oldest.isHead()).isFalse();
    assertThat(log.find(log.lastEpoch(), 8).seq()).isEqualTo(8);
    assertThat(log.find(log.lastEpoch(), 6)).isNull();
  }

  private SessionLog.@Nullable Place linkPlace(long epoch, long seq) {
    return new LinkPlace(log, log.placeAt(log.oldestPosition())).find(epoch, seq);
  }

  @Test
  void aLinkGoesOnInTheEpochOfItsMirror() {
    epoch(5, 0, 0);
    feed(data(0), data(1), data(2));
    epoch(6, 1, 1); // which brings frames of it again
    feed(data(1), data(2), data(3));
    SessionLog.Place within = linkPlace(5, 2);
    assertThat(within.epoch().head.epoch()).isEqualTo(5);
    assertThat(within.seq()).isEqualTo(2);
    SessionLog.Place behind = linkPlace(5, 3);
    assertThat(behind.isHead()).isTrue();
    assertThat(behind.epoch().head.epoch()).isEqualTo(6);
  }

  @Test
  void aLinkWhoseEpochIsNotHereBeginsAtTheNextHead() {
    epoch(6, 4, 4);
    feed(data(4));
    SessionLog.Place next = linkPlace(5, 100);
    assertThat(next.isHead()).isTrue();
    assertThat(next.epoch().head.epoch()).isEqualTo(6);
  }

  @Test
  void aLinkThatHasMoreThanItsOwnerWaits() {
    epoch(5, 0, 0);
    feed(data(0));
    assertThat(linkPlace(5, 1).position()).isEqualTo(log.published());
    assertThat(linkPlace(5, 2)).isNull();
  }

  @Test
  void aLinkOfALaterEpochThanAnyGetsTheOldest() {
    epoch(5, 0, 0);
    feed(data(0));
    assertThat(linkPlace(7, 3).position()).isEqualTo(log.oldestPosition());
  }
}
