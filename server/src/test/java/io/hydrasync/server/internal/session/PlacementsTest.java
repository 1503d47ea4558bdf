package io.hydrasync.server.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrasync.protocol.Overflow;
import io.hydrasync.protocol.wire.Frames;
import io.hydrasync.protocol.wire.control.JoinMessage;
import io.hydrasync.server.internal.log.Cursor;
import io.hydrasync.server.internal.log.FedLog;
import io.hydrasync.server.internal.log.Placement;
import io.hydrasync.server.internal.log.SessionLog;
import io.hydrasync.server.internal.log.TestFrames;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers whose place is still to come: whom a publish serves, and at what cost. */
class PlacementsTest {
  private static final int STREAM = 100;

  @RegisterExtension final FedLog fed = new FedLog(512);
  private final SessionLog log = fed.log;
  private final Placements placements = new Placements(log);
  private final Random frames = new Random(7);

  private final class Waiter implements Parked.Guest {
    private final long stream;
    private final long seq;
    private final Cursor cursor = new Cursor(log, Overflow.DEFAULT);
    private int looks;
    private int served;
    private @Nullable Placement place;

    Waiter(long stream, long seq) {
      this.stream = stream;
      this.seq = seq;
    }

    @Override
    public boolean isNamed() {
      return true;
    }

    @Override
    public Cursor cursor() {
      looks++;
      return cursor;
    }

    @Override
    public void start(Placement at) {
      served++;
      place = at;
    }

    @Override
    public void logEnds() {
      throw new AssertionError("this log does not end");
    }
  }

  private void head(long epoch, long stream, long first) {
    fed.feed(TestFrames.head(epoch, stream, first));
  }

  private void frame() {
    fed.feed(TestFrames.frame(Frames.DATA, log.lastEpoch().next, 3, frames));
  }

  /** Parks, where that is the answer. */
  private @Nullable Waiter join(long stream, long seq) {
    if (!placements.find(JoinMessage.START_AT, stream, seq).isToCome()) {
      return null;
    }
    Waiter waiter = new Waiter(stream, seq);
    placements.park(waiter, stream, seq);
    waiter.looks = 0;
    return waiter;
  }

  private List<Waiter> parkFrom(long seq, int count) {
    List<Waiter> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(join(STREAM, seq + i));
    }
    return all;
  }

  private static int looksAt(List<Waiter> waiters) {
    return waiters.stream().mapToInt(waiter -> waiter.looks).sum();
  }

  @Test
  void aFrameLooksAtNobodyWhosePlaceHasNotCome() {
    head(STREAM, STREAM, 0);
    List<Waiter> waiters = parkFrom(1_000, 500);

    for (int i = 0; i < 900; i++) {
      frame();
      placements.serveParked(false);
    }

    assertThat(looksAt(waiters)).isZero();
    assertThat(waiters).allMatch(waiter -> waiter.cursor.position() == log.published());
  }

  @Test
  void aHeadOfTheSameStreamLooksAtNobodyWhosePlaceHasNotCome() {
    head(STREAM, STREAM, 0);
    List<Waiter> waiters = parkFrom(1_000, 500);

    for (int i = 1; i <= 300; i++) {
      head(STREAM + i, STREAM, i);
      placements.serveParked(false);
    }

    assertThat(looksAt(waiters)).isZero();
  }

  @Test
  void aFrameLooksOnceAtThoseWhosePlaceItIs() {
    head(STREAM, STREAM, 0);
    List<Waiter> waiters = parkFrom(1, 400);
    List<Waiter> same = new ArrayList<>(parkFrom(50, 1));
    same.add(join(STREAM, 50));

    for (int i = 0; i < 50; i++) {
      frame();
      placements.serveParked(false);
    }

    assertThat(waiters.subList(0, 50)).allMatch(waiter -> waiter.served == 1);
    assertThat(waiters.subList(50, 400)).allMatch(waiter -> waiter.served == 0);
    assertThat(same).allMatch(waiter -> waiter.served == 1);
    assertThat(looksAt(waiters)).isEqualTo(2 * 50); // out of the index, and to its place
    assertThat(same.get(0).place).isSameAs(same.get(1).place);
  }

  @Test
  void forgettingLooksAtNobodyElse() {
    head(STREAM, STREAM, 0);
    List<Waiter> waiters = parkFrom(10, 300);

    waiters.forEach(waiter -> placements.forget(waiter.cursor));
    while (log.lastEpoch().next < 400) {
      frame();
    }
    placements.serveParked(false);

    assertThat(looksAt(waiters)).isZero();
    assertThat(placements.takeParked()).isEmpty();
  }

  @Test
  void theEndServesAll() {
    head(STREAM, STREAM, 0);
    List<Waiter> waiters = parkFrom(10, 20);

    placements.serveParked(true);

    assertThat(waiters)
        .allSatisfy(
            waiter -> {
              assertThat(waiter.served).isEqualTo(1);
              assertThat(waiter.place.gap()).isNull();
              assertThat(waiter.cursor.position()).isEqualTo(log.published());
            });
  }

  @Test
  void whoWaitsNeitherHoldsTheLogNorStalls() {
    head(STREAM, STREAM, 0);
    Waiter waiter = join(STREAM, 1_000);

    for (int i = 0; i < 100; i++) {
      frame();
    }

    assertThat(waiter.cursor.position()).isEqualTo(log.published());
    assertThat(waiter.cursor.lag()).isZero();
    assertThat(waiter.cursor.tellTaken()).isEqualTo(log.published());
    assertThat(waiter.cursor.stalls(Long.MAX_VALUE / 2, 1)).isFalse();
    assertThat(waiter.cursor.stalls(Long.MAX_VALUE / 2, 1)).isFalse();
  }

  @Test
  void takingOutGivesAllInOrder() {
    head(STREAM, STREAM, 0);
    Waiter later = join(STREAM, 9);
    Waiter first = join(STREAM, 5);
    Waiter second = join(STREAM, 5);

    assertThat(placements.takeParked()).containsExactly(first, second, later);
    assertThat(placements.takeParked()).isEmpty();
  }

  /** What the index leaves out is asked here for each who waits, behind each step. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void servesWhomAskingAllWouldServe(long seed) {
    Random random = new Random(seed);
    List<Waiter> waiting = new ArrayList<>();
    long epoch = STREAM;
    head(epoch, epoch, 0);
    int answers = 0;

    for (int step = 0; step < 1_500; step++) {
      for (int parts = 1 + random.nextInt(3); parts > 0; parts--) {
        switch (random.nextInt(12)) {
          case 0 -> head(++epoch, log.lastEpoch().head.stream(), near(random));
          case 1 -> {
            if (random.nextInt(8) == 0) {
              head(++epoch, epoch, 0);
            }
          }
          case 2 -> log.trim(log.published() - random.nextInt(4_000));
          case 3 -> {
            if (!waiting.isEmpty()) {
              placements.forget(waiting.remove(random.nextInt(waiting.size())).cursor);
            }
          }
          default -> frame();
        }
      }
      placements.serveParked(false);
      answers += compare(waiting);
      long stream = log.lastEpoch().head.stream();
      long other = STREAM + random.nextInt((int) (epoch - STREAM + 2));
      Waiter joined = join(random.nextInt(4) == 0 ? other : stream, near(random));
      if (joined != null) {
        waiting.add(joined);
      }
    }

    assertThat(answers).as("there was something to compare").isGreaterThan(100);
  }

  private long near(Random random) {
    return Math.max(0, log.lastEpoch().next + random.nextInt(60) - 30);
  }

  private int compare(List<Waiter> waiting) {
    int served = 0;
    for (Iterator<Waiter> each = waiting.iterator(); each.hasNext(); ) {
      Waiter waiter = each.next();
      Placement asked =
          placements
              .find(JoinMessage.START_AT, waiter.stream, waiter.seq)
              .named(waiter.stream, waiter.seq);
      if (asked.isToCome()) {
        assertThat(waiter.served).isZero();
        assertThat(waiter.cursor.position()).isEqualTo(asked.at().position());
      } else {
        assertThat(waiter.served).isEqualTo(1);
        assertThat(waiter.place).isEqualTo(asked);
        assertThat(waiter.cursor.position()).isEqualTo(asked.at().position());
        each.remove();
        served++;
      }
    }
    return served;
  }
}
