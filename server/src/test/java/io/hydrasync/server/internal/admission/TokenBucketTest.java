package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final long START = Long.MAX_VALUE - 5; // nanoTime may overflow
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private static int takeAll(TokenBucket bucket, double perSecond, double burst, long now) {
    int taken = 0;
    while (bucket.hasToken(perSecond, burst, now)) {
      assertThat(bucket.takeInAdvance(1, perSecond, burst, now)).isZero();
      taken++;
    }
    return taken;
  }

  @Test
  void beginsFullAndFillsAtItsRate() {
    TokenBucket bucket = new TokenBucket(5, START);

    assertThat(bucket.isFull(2, 5, START)).isTrue();
    assertThat(takeAll(bucket, 2, 5, START)).isEqualTo(5);
    assertThat(bucket.hasToken(2, 5, START)).isFalse();
    assertThat(bucket.isFull(2, 5, START + SECOND)).isFalse();
    assertThat(takeAll(bucket, 2, 5, START + SECOND)).isEqualTo(2);
    assertThat(bucket.isFull(2, 5, START + 100 * SECOND)).isTrue();
    assertThat(takeAll(bucket, 2, 5, START + 100 * SECOND)).isEqualTo(5);
  }

  @Test
  void askingOftenCostsNothing() {
    TokenBucket bucket = new TokenBucket(1, START);
    bucket.takeInAdvance(1, 1, 1, START);
    for (int i = 1; i < 1_000; i++) {
      assertThat(bucket.hasToken(1, 1, START + i * SECOND / 1_001)).isFalse();
    }
    assertThat(bucket.hasToken(1, 1, START + SECOND + 1)).isTrue();
  }

  @Test
  void rateAndBurstMayChange() {
    TokenBucket bucket = new TokenBucket(100, START);

    assertThat(takeAll(bucket, 1, 3, START)).isEqualTo(3);
    assertThat(takeAll(bucket, 50, 40, START + SECOND)).isEqualTo(40);
  }

  @Test
  void makesWaitInTurn() {
    TokenBucket bucket = new TokenBucket(2, 0);

    assertThat(bucket.takeInAdvance(1, 10, 2, 0)).isZero();
    assertThat(bucket.takeInAdvance(1, 10, 2, 0)).isZero();
    assertThat(bucket.takeInAdvance(1, 10, 2, 0)).isEqualTo(SECOND / 10);
    assertThat(bucket.takeInAdvance(1, 10, 2, 0)).isEqualTo(SECOND / 5);
    assertThat(bucket.takeInAdvance(1, 10, 2, SECOND / 5)).isEqualTo(SECOND / 10);
    // never more than the burst
    assertThat(bucket.takeInAdvance(1, 10, 2, 100 * SECOND)).isZero();
    assertThat(bucket.takeInAdvance(1, 10, 2, 100 * SECOND)).isZero();
    assertThat(bucket.takeInAdvance(1, 10, 2, 100 * SECOND)).isPositive();
  }
}
