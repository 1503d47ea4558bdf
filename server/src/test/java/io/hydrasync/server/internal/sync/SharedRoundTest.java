package io.hydrasync.server.internal.sync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class SharedRoundTest {
  private final SharedRound shared = new SharedRound();
  private final List<LongConsumer> begun = new ArrayList<>();
  private final List<Long> told = new ArrayList<>();

  @Test
  void aThousandThatWantItMakeOneRound() {
    for (int i = 0; i < 1_000; i++) {
      shared.want(begun::add, told::add);
    }
    assertThat(begun).hasSize(1);
    assertThat(told).isEmpty();

    begun.get(0).accept(7);

    assertThat(told).hasSize(1_000).containsOnly(7L);
  }

  @Test
  void whoComesBehindARoundBeginsAnother() {
    shared.want(begun::add, told::add);
    begun.get(0).accept(0);

    shared.want(begun::add, told::add);

    assertThat(begun).hasSize(2);
    assertThat(told).containsExactly(0L);
  }

  @Test
  void whoIsToldMayWantAnotherAtOnce() {
    shared.want(begun::add, given -> shared.want(begun::add, told::add));
    begun.get(0).accept(3);
    assertThat(begun).hasSize(2);

    begun.get(1).accept(4);

    assertThat(told).containsExactly(4L);
  }

  @Test
  void everybodyIsToldWhateverRaces() throws Exception {
    int threads = 4;
    int wants = 20_000;
    AtomicInteger answers = new AtomicInteger();
    AtomicInteger rounds = new AtomicInteger();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    Phaser start = new Phaser(threads);
    for (int i = 0; i < threads; i++) {
      pool.execute(
          () -> {
            start.arriveAndAwaitAdvance();
            for (int j = 0; j < wants; j++) {
              shared.want(
                  end -> {
                    rounds.incrementAndGet();
                    end.accept(1);
                  },
                  given -> answers.incrementAndGet());
            }
          });
    }
    pool.shutdown();

    assertThat(pool.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(answers.get()).isEqualTo(threads * wants);
    assertThat(rounds.get()).isBetween(1, threads * wants);
  }
}
