package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PrefixRatesTest {
  private static final long START = Long.MAX_VALUE - 5; // nanoTime may overflow

  private static final PrefixRates.Rate RATE = new PrefixRates.Rate(10, 20);

  private final PrefixRates rates = new PrefixRates();

  private boolean take(long address, long nowNanos) {
    return rates.tryTake(List.of(new Prefix(address, Prefix.IPV4)), RATE, nowNanos);
  }

  @Test
  void forgetsWhoHasTakenNothingForAWhile() {
    for (int i = 0; i < 1_000; i++) {
      take(i, START);
    }
    assertThat(rates.size()).isEqualTo(1_000);
    long later = START + TimeUnit.SECONDS.toNanos(3);
    for (int i = 0; i < 400; i++) {
      take(-1, later + TimeUnit.SECONDS.toNanos(i));
    }
    assertThat(rates.size()).isEqualTo(1);
  }

  @Test
  void forgetsNobodyWhoseBucketIsNotFull() {
    for (int i = 0; i < 20; i++) {
      assertThat(take(7, START)).isTrue();
    }
    long later = START + TimeUnit.MILLISECONDS.toNanos(1_500);
    for (int i = 100; i < 200; i++) {
      take(i, later);
    }
    int again = 0;
    while (take(7, later)) {
      again++;
    }
    assertThat(again).isEqualTo(15);
  }

  @Test
  void remembersSoManyAndNoMore() {
    for (int i = 0; i < PrefixRates.MOST + 1_000; i++) {
      assertThat(take(i, START)).isTrue();
      assertThat(rates.size()).isLessThanOrEqualTo(PrefixRates.MOST);
    }
    assertThat(rates.size()).isGreaterThan(PrefixRates.MOST - 10);
  }

  @Test
  void whatANetworkIsRefusedIsNotRemembered() {
    for (int i = 0; i < 100_000; i++) {
      rates.tryTake(
          List.of(
              new Prefix(i, Prefix.IPV6_MACHINE),
              new Prefix(i >> 8, Prefix.IPV6_CUSTOMER),
              new Prefix(1, Prefix.IPV6_SITE)),
          RATE,
          START);
    }
    assertThat(rates.size()).isLessThan(2 * 32 * 20);
  }
}
