package io.hydrasync.client.internal.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StallWatchTest {
  private final List<StallWatch.Noticed> told = new ArrayList<>();
  private long seconds;
  private final StallWatch watch =
      new StallWatch(() -> seconds * 1_000_000_000, () -> seconds * 1_000, told::add);

  private void lookAt(long second) {
    seconds = second;
    watch.look();
    watch.tell();
  }

  private void tickAt(long second, long lagSeconds) {
    seconds = second;
    watch.frame();
    watch.tick((second - lagSeconds) * 1_000);
    watch.tell();
  }

  @Test
  void tellsOfSilenceOnceAndAgainAfterAFrame() {
    watch.producerLive(true);
    lookAt(29);
    assertThat(told).isEmpty();
    lookAt(30);
    lookAt(90);
    assertThat(told)
        .containsExactly(new StallWatch.Noticed(Duration.ofSeconds(30), Optional.empty()));

    watch.frame();
    lookAt(119);
    assertThat(told).hasSize(1);
    assertThat(watch.isOverdue()).isFalse();
    seconds = 120;
    assertThat(watch.isOverdue()).isTrue();
    lookAt(120);
    assertThat(told).hasSize(2);
  }

  @Test
  void doesNotExpectFramesOfAProducerThatIsAway() {
    lookAt(100);
    watch.producerLive(true);
    watch.producerLive(false);
    lookAt(200);
    assertThat(told).isEmpty();
    assertThat(watch.leftNanos()).isEqualTo(Long.MAX_VALUE);

    watch.producerLive(true);
    assertThat(watch.leftNanos()).isEqualTo(TimeUnit.SECONDS.toNanos(30));
    lookAt(229);
    assertThat(told).isEmpty();
    lookAt(230);
    assertThat(told).hasSize(1);
  }

  @Test
  void countsOnFromTheLastFrameWhenTheRelayRepeatsThatTheProducerIsThere() {
    watch.producerLive(true);
    seconds = 20;
    watch.producerLive(true);
    lookAt(30);

    assertThat(told).hasSize(1);
  }

  @Test
  void letsAConsumerCatchUp() {
    for (int i = 0; i < 100; i++) {
      tickAt(1_000 + i, 5_000 - 10L * i);
    }

    assertThat(told).isEmpty();
  }

  @Test
  void tellsOnceOfALagThatDoesNotShrink() {
    tickAt(1_000, 500);
    assertThat(told).as("one TICK alone says nothing").isEmpty();
    tickAt(1_010, 500);
    tickAt(1_020, 501);
    Instant sentAt = Instant.ofEpochSecond(1_010 - 500);
    assertThat(told)
        .containsExactly(new StallWatch.Noticed(Duration.ofSeconds(500), Optional.of(sentAt)));

    tickAt(1_030, 100);
    tickAt(1_040, 100);
    assertThat(told).as("it had begun to catch up").hasSize(2);
  }

  @Test
  void ignoresALagOfAMinuteAtMost() {
    tickAt(1_000, 60);
    tickAt(1_010, 60);
    tickAt(1_020, -60);
    assertThat(told).isEmpty();
    tickAt(1_030, -61);
    assertThat(told).as("a clock that is ahead is no better").hasSize(1);
  }
}
