package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.GapMessage;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** "start=at" of wire2.md section 4, case by case. */
class ResumptionTest {
  private static final int STREAM = 100;
  private static final int OTHER = 900;

  @RegisterExtension final FedLog fed = new FedLog(64);
  private final SessionLog log = fed.log;
  private final Random random = new Random(5);

  private record Answer(long stream, long seq, @Nullable GapMessage gap, boolean waits) {}

  private static Answer at(long stream, long seq) {
    return new Answer(stream, seq, null, false);
  }

  private static Answer after(long stream, long seq, long gapFrom, long gapTo) {
    return new Answer(stream, seq, new GapMessage(STREAM, gapFrom, gapTo), false);
  }

  private static Answer waits(long seq) {
    return new Answer(STREAM, seq, null, true);
  }

  private Answer ask(long stream, long seq) {
    SessionLog.Place oldest = log.placeAt(log.oldestPosition());
    return new Resumption(log, oldest, stream, seq)
        .find(
            (place, gap) -> new Answer(place.epoch().head.stream(), place.seq(), gap, false),
            parked -> new Answer(stream, parked, null, true));
  }

  private void epoch(long epoch, long stream, long first, int frames) {
    fed.feed(TestFrames.head(epoch, stream, first));
    for (int i = 0; i < frames; i++) {
      fed.feed(TestFrames.frame(Frames.DATA, first + i, 20, random));
    }
  }

  /** Lets go of all that is in front of a frame of the last epoch. */
  private long trimTo(long seq) {
    log.trim(log.find(log.lastEpoch(), seq).position());
    return log.placeAt(log.oldestPosition()).seq();
  }

  @Test
  void goesThereIfTheSequenceIsHeld() {
    epoch(STREAM, STREAM, 0, 10);

    for (int seq = 0; seq < 10; seq++) {
      assertThat(ask(STREAM, seq)).isEqualTo(at(STREAM, seq));
    }
  }

  @Test
  void goesToTheTailIfTheSequenceIsTheNext() {
    epoch(STREAM, STREAM, 0, 10);

    assertThat(ask(STREAM, 10)).isEqualTo(at(STREAM, 10));
  }

  @Test
  void waitsForASequenceInTheFuture() {
    epoch(STREAM, STREAM, 0, 10);

    assertThat(ask(STREAM, 11)).isEqualTo(waits(11));
    assertThat(ask(STREAM, 5_000)).isEqualTo(waits(5_000));
  }

  @Test
  void goesToTheOldestBehindAGapIfTheSequenceIsNoLongerHeld() {
    epoch(STREAM, STREAM, 0, 30);
    long oldest = trimTo(20);
    assertThat(oldest).isBetween(15L, 20L);

    assertThat(ask(STREAM, 3)).isEqualTo(after(STREAM, oldest, 3, oldest));
    assertThat(ask(STREAM, oldest)).isEqualTo(at(STREAM, oldest));
  }

  @Test
  void goesToTheOldestBehindAnOpenGapIfTheStreamIsNotHeld() {
    epoch(OTHER, OTHER, 0, 5);

    assertThat(ask(STREAM, 3)).isEqualTo(after(OTHER, 0, 3, Resumption.UNTIL_THE_END));
  }

  @Test
  void takesTheNewestEpochThatBeginsAtOrBelowTheSequence() {
    // given a stream that began anew at frame 5
    epoch(STREAM, STREAM, 0, 10);
    epoch(STREAM + 1, STREAM, 5, 2);

    assertThat(ask(STREAM, 4)).isEqualTo(at(STREAM, 4));
    assertThat(ask(STREAM, 5)).isEqualTo(at(STREAM, 5));
    assertThat(log.placeAt(log.find(log.lastEpoch(), 5).position()).epoch())
        .isSameAs(log.lastEpoch());
    // frames 7 to 9 are held in the older epoch only, but will come again
    assertThat(ask(STREAM, 7)).isEqualTo(at(STREAM, 7));
    assertThat(ask(STREAM, 9)).isEqualTo(waits(9));
  }

  @Test
  void announcesAGapIfTheStreamGoesOnBehindTheSequence() {
    epoch(STREAM, STREAM, 0, 10);
    epoch(STREAM + 1, STREAM, 20, 3);

    assertThat(ask(STREAM, 10)).isEqualTo(at(STREAM, 20));
    assertThat(ask(STREAM, 12)).isEqualTo(after(STREAM, 20, 12, 20));
    assertThat(ask(STREAM, 21)).isEqualTo(at(STREAM, 21));
  }

  @Test
  void announcesAnOpenGapIfAnotherStreamHasFollowed() {
    epoch(STREAM, STREAM, 0, 10);
    epoch(OTHER, OTHER, 0, 3);

    assertThat(ask(STREAM, 10)).isEqualTo(at(OTHER, 0));
    assertThat(ask(STREAM, 12)).isEqualTo(after(OTHER, 0, 12, Resumption.UNTIL_THE_END));
    assertThat(ask(STREAM, 4)).isEqualTo(at(STREAM, 4));
  }

  @Test
  void announcesAGapUpToTheFirstEpochThatIsHeld() {
    // given a stream whose frames below 50 are not held
    epoch(STREAM + 5, STREAM, 50, 5);

    assertThat(ask(STREAM, 7)).isEqualTo(after(STREAM, 50, 7, 50));
  }
}
