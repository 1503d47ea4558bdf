package io.hydrasync.server.internal.sync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BriefWaitTest {
  private static final long NOW = Long.MAX_VALUE - 5; // the clock may pass its end meanwhile
  private final BriefWait<String> waiting = new BriefWait<>(2);

  @Test
  void givesThePlaceToWhoCameFirst() {
    assertThat(waiting.tryWait("a", NOW + 20, NOW)).isTrue();
    assertThat(waiting.tryWait("b", NOW + 10, NOW)).isTrue();

    assertThat(waiting.poll()).isEqualTo("a");
    assertThat(waiting.poll()).isEqualTo("b");
    assertThat(waiting.poll()).isNull();
  }

  @Test
  void refusesWhoComesWhenThereAreEnough() {
    waiting.tryWait("a", NOW + 10, NOW);
    waiting.tryWait("b", NOW + 10, NOW);

    assertThat(waiting.tryWait("c", NOW + 10, NOW)).isFalse();
    waiting.forget("a"::equals);
    assertThat(waiting.tryWait("c", NOW + 10, NOW)).isTrue();
    assertThat(waiting.poll()).isEqualTo("b");
  }

  @Test
  void refusesWhoseTimeIsOver() {
    assertThat(waiting.tryWait("a", NOW, NOW)).isFalse();
    assertThat(waiting.isEmpty()).isTrue();
  }

  @Test
  void takesOutThoseWhoseTimeIsOverWhereverTheyStand() {
    waiting.tryWait("long", NOW + 20, NOW);
    waiting.tryWait("short", NOW + 10, NOW);

    assertThat(waiting.nanosLeft(NOW)).isEqualTo(10);
    assertThat(waiting.takeLate(NOW + 9)).isEmpty();
    assertThat(waiting.takeLate(NOW + 10)).containsExactly("short");
    assertThat(waiting.nanosLeft(NOW + 10)).isEqualTo(10);
    assertThat(waiting.nanosLeft(NOW + 30)).as("never negative").isZero();
    assertThat(waiting.takeLate(NOW + 30)).containsExactly("long");
    assertThat(waiting.isEmpty()).isTrue();
  }
}
