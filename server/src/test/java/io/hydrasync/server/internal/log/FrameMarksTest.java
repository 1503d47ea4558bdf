package io.hydrasync.server.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.server.internal.spill.SpillFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames are found from marks, wherever they are, without a walk over more than a block. */
class FrameMarksTest {
  private static final int SEGMENT = 100_000;
  private static final int STREAM = 100;

  @RegisterExtension final FedLog fed = new FedLog(SEGMENT);
  private final SessionLog log = fed.log;
  private final List<At> frames = new ArrayList<>();

  /** A frame as it was written. */
  private record At(long position, Epoch epoch, long seq) {}

  private void frame(int plaintext, Random random) {
    Epoch epoch = log.lastEpoch();
    frames.add(new At(log.published(), epoch, epoch.next));
    fed.feed(TestFrames.frame(Frames.DATA, epoch.next, plaintext, random));
  }

  private void fill(Random random, int count) {
    long epoch = STREAM;
    fed.feed(TestFrames.head(epoch, STREAM, 0));
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(40)) {
        case 0 -> fed.feed(TestFrames.head(++epoch, STREAM, back(random)));
        case 1 -> frame(random.nextInt(60_000), random);
        case 2 -> frame(random.nextInt(5_000), random);
        default -> frame(random.nextInt(60), random);
      }
    }
  }

  private long back(Random random) {
    return Math.max(0, log.lastEpoch().next - random.nextInt(20));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void findsEachFrameByPositionAndBySequence(long seed) {
    fill(new Random(seed), 2_000);

    for (At frame : frames) {
      SessionLog.Place place = log.placeAt(frame.position);
      assertThat(place.epoch()).isSameAs(frame.epoch);
      assertThat(place.seq()).isEqualTo(frame.seq);
      assertThat(log.find(frame.epoch, frame.seq).position()).isEqualTo(frame.position);
      assertThat(log.boundaryFrom(log.segmentOf(frame.position), frame.position))
          .isEqualTo(frame.position);
    }
    for (int i = 1; i < frames.size(); i++) {
      long behind = frames.get(i - 1).position + 1;
      long boundary = log.boundaryFrom(log.segmentOf(behind), behind);
      assertThat(boundary).isLessThanOrEqualTo(frames.get(i).position).isGreaterThan(behind);
      assertThat(log.placeAt(boundary).position()).isEqualTo(boundary);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 8, 9})
  void findsFramesInFilesAsInMemory(long seed, @TempDir Path directory) throws Exception {
    fill(new Random(seed), 2_000);

    for (int i = 0; log.oldestPublished() != null; i++) {
      log.spilled(
          SpillFile.write(
              directory.resolve("segment" + i),
              false,
              log.oldestPublished().bytes().duplicate().clear(),
              problem -> {
                throw new AssertionError(problem);
              }));
    }

    for (At frame : frames) {
      assertThat(log.find(frame.epoch, frame.seq).position()).isEqualTo(frame.position);
    }
    log.trimSpilled(Long.MAX_VALUE).forEach(SpillFile::delete);
  }

  @Test
  void walksOverNoMoreThanABlockInASegmentFullOfTheSmallestFrames() {
    fed.feed(TestFrames.head(STREAM, STREAM, 0));
    Random random = new Random(1);
    for (int i = 0; i < 3 * SEGMENT / Frames.OVERHEAD; i++) {
      frame(0, random);
    }

    assertThat(frames)
        .allSatisfy(
            frame -> {
              FrameMarks.Mark bySeq = log.nearest(frame.epoch, frame.seq, Long.MAX_VALUE);
              assertThat(frame.seq - bySeq.seq())
                  .isBetween(0L, (long) FrameMarks.BLOCK / Frames.OVERHEAD + 1);
              FrameMarks.Mark byPosition = log.nearest(frame.epoch, Long.MAX_VALUE, frame.position);
              assertThat(byPosition).isEqualTo(bySeq);
            });
  }

  @Test
  void knowsFramesOfNoEpoch() {
    FrameMarks marks = new FrameMarks(1_000, 40_000);
    marks.frame(1_000 + 5, null, 0);
    marks.frame(1_000 + 9, null, 0);
    marks.frame(1_000 + 35_000, null, 0);

    assertThat(marks.atOrBelow(1_000 + 4)).isNull();
    assertThat(marks.atOrBelow(1_000 + 30_000).position()).isEqualTo(1_000 + 5);
    assertThat(marks.atOrBelow(1_000 + 39_999).position()).isEqualTo(1_000 + 35_000);
  }
}
