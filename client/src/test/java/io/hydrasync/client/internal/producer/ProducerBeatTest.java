package io.hydrasync.client.internal.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProducerBeatTest {
  private long nanos = Long.MAX_VALUE - 1_000; // the clock may overflow
  private final ProducerBeat beat = new ProducerBeat(() -> nanos, Duration.ofSeconds(15));

  private void pass(long seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void sendsNoTickWhileNobodyIsThere() {
    for (int second = 0; second < 100; second++) {
      beat.look(0, 0);
      assertThat(beat.isTickDue()).isFalse();
      pass(1);
    }
    assertThat(beat.isPingDue()).isTrue();
  }

  @Test
  void sendsATickEveryTenSecondsWhileSomebodyIsThere() {
    beat.look(1, 1);
    beat.ticked();
    int ticks = 0;
    for (int second = 0; second < 100; second++) {
      pass(1);
      if (beat.look(1, 1) && beat.isTickDue()) {
        beat.ticked();
        ticks++;
      }
    }
    assertThat(ticks).isEqualTo(10);
  }

  @Test
  void sendsATickAtOnceWhenTheNumberOfConsumersRises() {
    assertThat(beat.look(1, 1)).isTrue();
    assertThat(beat.isTickDue()).isTrue();
    beat.ticked();
    assertThat(beat.look(1, 1)).isFalse();
    assertThat(beat.look(1, 2)).as("one has gone and another has come").isTrue();
    assertThat(beat.isTickDue()).isTrue();
  }

  @Test
  void forgetsATickForThoseWhoHaveLeft() {
    beat.look(1, 1);
    beat.look(0, 1);
    assertThat(beat.isTickDue()).isFalse();
  }

  @Test
  void sendsAPingEveryFifteenSeconds() {
    pass(14);
    assertThat(beat.look(0, 0)).isFalse();
    pass(1);
    assertThat(beat.look(0, 0)).isTrue();
    assertThat(beat.isPingDue()).isTrue();
    beat.pinged();
    assertThat(beat.look(0, 0)).isFalse();
  }
}
