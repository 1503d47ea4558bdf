package io.hydrasync.client.internal.connection;

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

  /** Frames of 200 KB over a network that cuts each 100 KB take several connections. */
  @Test
  void isShortBehindAConnectionThatWasJoined() {
    Backoff backoff = new Backoff();
    for (int i = 0; i < 12; i++) {
      backoff.nextMs(0);
    }
    backoff.lostJoined();

    assertThat(backoff.nextMs(0)).isBetween(749L, 1_251L);
    assertThat(backoff.nextMs(0)).isBetween(1_499L, 2_501L);
    backoff.reset();
    backoff.lostJoined();
    assertThat(backoff.nextMs(0)).isBetween(149L, 251L);
  }

  @Test
  void isNeverShorterThanAsked() {
    assertThat(new Backoff().nextMs(7_000)).isEqualTo(7_000);
  }
}
