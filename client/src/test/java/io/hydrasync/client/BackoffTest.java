package io.hydrasync.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void doublesFromAFifthOfASecondToHalfAMinuteSpreadByAQuarter() {
    for (int run = 0; run < 100; run++) {
      Backoff backoff = new Backoff();
      long base = 200;
      for (int i = 0; i < 12; i++) {
        assertThat(backoff.nextMs(0)).isBetween(base * 3 / 4 - 1, base * 5 / 4 + 1);
        base = Math.min(30_000, 2 * base);
      }
      backoff.reset();
      assertThat(backoff.nextMs(0)).isBetween(149L, 251L);
    }
  }

  @Test
  void isNeverShorterThanAsked() {
    assertThat(new Backoff().nextMs(7_000)).isEqualTo(7_000);
  }
}
