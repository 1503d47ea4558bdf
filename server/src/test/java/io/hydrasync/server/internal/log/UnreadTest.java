package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.UnreadMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Counts frames that went unread as somebody would who remembers each of them. */
class UnreadTest {
  private static final int STEPS = 3_000;
  private static final long NOBODY = Long.MAX_VALUE;
  private static final int FRAME = Frames.OVERHEAD + 20;

  @RegisterExtension final FedLog fed = new FedLog(256);
  private final SessionLog log = fed.log;
  private final Unread unread = log.unread();

  // The model.
  private final List<Sent> frames = new ArrayList<>();
  private final TreeSet<Long> gone = new TreeSet<>();
  private long takenNext;
  private long epoch = 100;
  private long stream;
  private long next;

  /** A frame that the log has got, and whether it still holds it. */
  private static final class Sent {
    final long position;
    final long end;
    final long seq;
    boolean comesAgain;
    boolean isHeld = true;

    Sent(long position, long end, long seq) {
      this.position = position;
      this.end = end;
      this.seq = seq;
    }
  }

  private void newStream(long first) {
    epoch += 2;
    stream = first > 0 ? epoch - 1 : epoch;
    next = first;
    frames.clear();
    gone.clear();
    takenNext = 0;
    fed.feed(TestFrames.head(epoch, stream, first));
  }

  private void newEpoch(long first) {
    epoch++;
    next = first;
    frames.stream().filter(sent -> sent.seq >= first).forEach(sent -> sent.comesAgain = true);
    gone.tailSet(first, true).clear();
    fed.feed(TestFrames.head(epoch, stream, first));
  }

  private void send(int count, Random random) {
    for (int i = 0; i < count; i++) {
      long position = log.published();
      fed.feed(TestFrames.frame(Frames.DATA, next, random.nextInt(60), random));
      frames.add(new Sent(position, log.published(), next));
      next++;
    }
  }

  /** A consumer is given some bytes. */
  private void take(long from, long to) {
    unread.taken(from, to);
    for (Sent sent : frames) {
      if (sent.position >= from && sent.end <= to) {
        takenNext = Math.max(takenNext, sent.seq + 1);
      }
    }
  }

  private void trim(long position) {
    unread.looked(false, NOBODY);
    log.trim(position);
    forget(log.start());
  }

  private void forget(long start) {
    for (Sent sent : frames) {
      if (sent.isHeld && sent.position < start) {
        sent.isHeld = false;
        if (!sent.comesAgain && sent.seq >= takenNext) {
          gone.add(sent.seq);
        }
      }
    }
  }

  private void check() {
    UnreadMessage message = unread.message();
    assertThat(message == null ? 0 : message.unread()).isEqualTo(gone.size());
    if (message != null) {
      long oldest =
          frames.stream()
              .filter(sent -> sent.isHeld)
              .mapToLong(sent -> sent.seq)
              .min()
              .orElse(next);
      assertThat(message).isEqualTo(new UnreadMessage(stream, oldest, gone.size()));
    }
  }

  @RepeatedTest(20)
  void agreesWithAModelThatRemembersEveryFrame() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try {
      newStream(0);
      for (int i = 0; i < STEPS; i++) {
        step(random);
        check();
      }
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  private void step(Random random) {
    int choice = random.nextInt(1_000);
    if (choice < 600) {
      send(1 + random.nextInt(8), random);
    } else if (choice < 700) {
      takeSome(random);
    } else if (choice < 960) {
      trim(log.published() - random.nextInt(3_000));
    } else if (choice < 970 && log.received() == log.published()) {
      unread.looked(false, NOBODY);
      log.trimAll();
      forget(log.published());
    } else if (choice < 990) {
      newEpoch(Math.max(0, next - random.nextInt(40) + 5));
    } else if (choice < 995) {
      newStream(random.nextBoolean() ? 0 : 1 + random.nextInt(1_000));
    }
  }

  /** From a boundary on, sometimes with the beginning of one more frame. */
  private void takeSome(Random random) {
    List<Sent> held = frames.stream().filter(sent -> sent.isHeld).toList();
    if (!held.isEmpty()) {
      int from = random.nextInt(held.size());
      Sent last = held.get(from + random.nextInt(held.size() - from));
      boolean half = random.nextBoolean();
      long begin = held.get(from).position;
      long end = half ? last.end - 1 : last.end;
      if (log.holdsWholeFrame(begin, end)) {
        take(begin, end);
      }
    }
  }

  // ---- by hand ----

  private void sendEqual(int count) {
    for (int i = 0; i < count; i++) {
      fed.feed(TestFrames.frame(Frames.DATA, next++, 20, new Random(1)));
    }
  }

  @Test
  void owesWhatAConsumerIsMovedOverUntilItHasTakenSomethingBehind() {
    newStream(0);
    sendEqual(40);

    unread.looked(true, NOBODY);
    log.trim(log.published());
    assertThat(unread.message()).isNull();
    assertThat(unread.isOwing()).isTrue();

    unread.taken(log.published() - FRAME, log.published());
    unread.looked(false, log.published());

    assertThat(unread.message()).isNull();
    assertThat(unread.isOwing()).isFalse();
  }

  @Test
  void countsWhatItOwedWhenTheConsumerHasGoneWithoutTakingAnything() {
    newStream(0);
    sendEqual(40);
    unread.looked(true, NOBODY);
    log.trim(log.published());

    unread.looked(false, NOBODY);

    long oldest = log.placeAt(log.oldestPosition()).seq();
    assertThat(unread.message()).isEqualTo(new UnreadMessage(stream, oldest, oldest));
  }

  @Test
  void doesNotCountTheFrameOfWhichAConsumerStillGetsTheRest() {
    newStream(0);
    sendEqual(40);
    long inside = log.segmentOf(600).base; // in the middle of a frame, behind which a segment goes
    unread.taken(0, inside);

    unread.looked(false, inside);
    log.trim(inside);

    assertThat(log.start()).isEqualTo(inside);
    assertThat(unread.message()).isNull();
    // and if the consumer goes, nobody has got that frame
    unread.looked(false, NOBODY);
    assertThat(unread.message().unread()).isEqualTo(1);
  }

  @Test
  void theBeginningOfAnEpochsFirstFrameSaysNothingOfWhatIsBelow() {
    newStream(0);
    sendEqual(4);
    newEpoch(6); // 4 and 5 have never come
    long first = log.published();
    sendEqual(10);
    unread.taken(first - 1, first + FRAME - 1); // HEAD's last byte, and all but one of frame 6
    newEpoch(2);
    sendEqual(100);

    unread.looked(false, NOBODY);
    log.trim(log.published());

    long oldest = log.placeAt(log.oldestPosition()).seq();
    assertThat(unread.message()).isEqualTo(new UnreadMessage(stream, oldest, oldest));
  }
}
