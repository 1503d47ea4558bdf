package io.hydrasync.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HandshakeRatesTest {
  private static final long START = Long.MAX_VALUE - 5; // nanoTime may overflow

  private final HandshakeRates rates = new HandshakeRates();

  private boolean handshake(long address, long nowNanos) {
    return rates.tryHandshake(
        List.of(new Prefix(address, Prefix.IPV4)), AdmissionLimits.DEFAULT, nowNanos);
  }

  @Test
  void forgetsWhoHasHadNoHandshakeForAWhile() {
    for (int i = 0; i < 1_000; i++) {
      handshake(i, START);
    }
    assertThat(rates.size()).isEqualTo(1_000);
    long later = START + TimeUnit.SECONDS.toNanos(3);
    for (int i = 0; i < 400; i++) {
      handshake(-1, later + TimeUnit.SECONDS.toNanos(i));
    }
    assertThat(rates.size()).isEqualTo(1);
  }

  @Test
  void forgetsNobodyWhoseBucketIsNotFull() {
    for (int i = 0; i < 20; i++) {
      assertThat(handshake(7, START)).isTrue();
    }
    long later = START + TimeUnit.MILLISECONDS.toNanos(1_500);
    for (int i = 100; i < 200; i++) {
      handshake(i, later);
    }
    int again = 0;
    while (handshake(7, later)) {
      again++;
    }
    assertThat(again).isEqualTo(15);
  }

  @Test
  void remembersSoManyAndNoMore() {
    for (int i = 0; i < HandshakeRates.MOST + 1_000; i++) {
      assertThat(handshake(i, START)).isTrue();
      assertThat(rates.size()).isLessThanOrEqualTo(HandshakeRates.MOST);
    }
    assertThat(rates.size()).isGreaterThan(HandshakeRates.MOST - 10);
  }

  @Test
  void whatANetworkIsRefusedIsNotRemembered() {
    for (int i = 0; i < 100_000; i++) {
      rates.tryHandshake(
          List.of(
              new Prefix(i, Prefix.IPV6_MACHINE),
              new Prefix(i >> 8, Prefix.IPV6_CUSTOMER),
              new Prefix(1, Prefix.IPV6_SITE)),
          AdmissionLimits.DEFAULT,
          START);
    }
    assertThat(rates.size()).isLessThan(2 * 32 * 20);
  }
}
