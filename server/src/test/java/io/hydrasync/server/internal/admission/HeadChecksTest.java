package io.hydrasync.server.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadChecksTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int BURST = (int) HeadChecks.OF_AN_ADDRESS.burst();

  private final Admission admission = new Admission(AdmissionRules.DEFAULT);
  private final HeadChecks checks = new HeadChecks(Thread::new);

  @AfterEach
  void stop() {
    checks.close();
  }

  /** A producer's connection. */
  private final class Producer {
    private final HeadTokens tokens = new HeadTokens(checks, 0);
    private final Admission.Visitor visitor;

    Producer(InetSocketAddress address) {
      visitor = admission.visitor(address);
    }

    long take(int heads, long nowNanos) {
      return tokens.take(visitor.limiting(), heads, nowNanos);
    }
  }

  private Producer producer(String address) throws UnknownHostException {
    return new Producer(new InetSocketAddress(InetAddress.getByName(address), 4370));
  }

  /** As Netty's native transports make it: the JDK's own factories would make it IPv4. */
  private Producer mapped(String ipv4) throws UnknownHostException {
    byte[] bytes = new byte[16];
    bytes[10] = (byte) 0xFF;
    bytes[11] = (byte) 0xFF;
    System.arraycopy(InetAddress.getByName(ipv4).getAddress(), 0, bytes, 12, 4);
    return new Producer(new InetSocketAddress(Inet6Address.getByAddress(null, bytes, -1), 4370));
  }

  /** All that an address has at once, by connections of which none is at its own bound. */
  private void useUp(String address) throws UnknownHostException {
    for (int i = 0; i < BURST; i++) {
      assertThat(producer(address).take(1, 0)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "2001:db8::1", "127.0.0.1"})
  void aRingOf64EpochsNeverWaitsAndARotationASecondNeither(String address) throws Exception {
    Producer producer = producer(address);
    for (int i = 0; i < 64; i++) {
      assertThat(producer.take(1, 0)).isZero();
    }
    for (int i = 1; i <= 300; i++) {
      assertThat(producer.take(1, i * SECOND)).isZero();
    }
  }

  @Test
  void connectionsOfOneAddressShareABucket() throws Exception {
    useUp("2001:db8:0:1::1");

    for (int i = 1; i <= 64; i++) {
      assertThat(producer("2001:db8:0:1::" + i).take(64, 0)).isEqualTo(SECOND / 512 * 64 * i);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1, true",
    "10.0.0.1, 10.0.0.2, false",
    "10.0.0.1, 64:ff9b::10.0.0.1, true",
    "64:ff9b::10.0.0.1, 64:ff9b::10.0.0.2, false",
    "64:ff9b::10.0.0.1, 64:ff9b::10.0.0.1, true",
    "2001:db8:0:1::1, 2001:db8:0:2::1, false"
  })
  void whoSharesABucket(String one, String other, boolean isShared) throws Exception {
    useUp(one);

    assertThat(producer(other).take(1, 0) > 0).isEqualTo(isShared);
  }

  @Test
  void aMappedAddressIsTheIpv4AddressAndNotThatOfAllOthers() throws Exception {
    useUp("10.0.0.1");

    assertThat(mapped("10.0.0.1").take(1, 0)).isPositive();
    assertThat(mapped("10.0.0.2").take(1, 0)).isZero();
  }

  @Test
  void networksOfOneSiteHaveNoMoreThanThirtyTwoAddresses() throws Exception {
    for (int i = 0; i < 32; i++) {
      useUp("2001:db8:0:" + Integer.toHexString(i << 8) + "::1");
    }

    assertThat(producer("2001:db8:0:ff00::1").take(1, 0)).isPositive();
    assertThat(producer("2001:db8:1:ff00::1").take(1, 0)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aThousandClientsOfALocalProxyWaitForTheirOwnTokensOnly(String loopback) throws Exception {
    for (int i = 0; i < 1_000; i++) {
      assertThat(producer(loopback).take(64, 0)).isZero();
    }
    Producer greedy = producer(loopback);
    assertThat(greedy.take(HeadChecks.CONNECTION_BURST, 0)).isZero();
    assertThat(greedy.take(HeadChecks.CONNECTION_PER_SECOND, 0)).isEqualTo(SECOND);
  }

  @Test
  void loopbackThatIsNotExemptIsAnAddressLikeOthers() throws Exception {
    admission.limits(AdmissionRules.DEFAULT.withLoopbackExempt(false));
    useUp("127.0.0.1");

    assertThat(producer("127.0.0.1").take(1, 0)).isPositive();
    assertThat(producer("127.0.0.2").take(1, 0)).isZero();
  }

  @Test
  void whatNobodyWantsAnyMoreIsGivenBack() throws Exception {
    useUp("10.0.0.1");
    for (int i = 0; i < 1000; i++) {
      Producer leaving = producer("10.0.0.1");
      assertThat(leaving.take(64, 0)).isEqualTo(SECOND / 512 * 64);
      leaving.tokens.giveBack(0);
    }
  }

  @Test
  void whatHasComeIsNotGivenBack() throws Exception {
    useUp("10.0.0.1");
    Producer waiting = producer("10.0.0.1");
    assertThat(waiting.take(64, 0)).isPositive();
    assertThat(waiting.tokens.areAwaitedBeyond(SECOND / 16)).isTrue();
    assertThat(waiting.tokens.areAwaitedBeyond(SECOND)).isFalse();

    waiting.tokens.haveCome();
    waiting.tokens.giveBack(0);

    assertThat(producer("10.0.0.1").take(64, 0)).isEqualTo(SECOND / 512 * 128);
  }

  @Test
  void remembersABoundedNumberOfAddresses() throws Exception {
    for (int i = 0; i < PrefixRates.MOST + 1000; i++) {
      String address = "10." + (i >> 16) + "." + (i >> 8 & 0xFF) + "." + (i & 0xFF);
      producer(address).take(1, 0);
    }
    assertThat(checks.remembered()).isBetween(PrefixRates.MOST - 10, PrefixRates.MOST);
  }
}
